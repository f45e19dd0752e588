// capture_policy: what happens when a command writes more than its output may hold.
#pragma once

#include <cstdint>

namespace cohort {

/// What `command::capture_limit` does at the limit.
enum class capture_policy : std::uint8_t {
    fail,       ///< stop the command by its ladder, then throw
    keep_head,  ///< keep the first bytes; read and drop the rest
    keep_tail,  ///< keep the last bytes
};

inline constexpr capture_policy fail = capture_policy::fail;
inline constexpr capture_policy keep_head = capture_policy::keep_head;
inline constexpr capture_policy keep_tail = capture_policy::keep_tail;

}  // namespace cohort
