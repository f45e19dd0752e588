/// @file
/// Whether a read would not wait.
#pragma once

#include "../poll.hpp"

namespace cohort::sys {

/// Whether the descriptor has bytes, or its end, that have not been read. poll(2).
inline bool has_input(int fd) noexcept {
    poll_entry entry{fd, poll_in, 0};
    const auto found = sys::poll(&entry, 1, 0);
    return found && *found > 0;
}

}  // namespace cohort::sys
