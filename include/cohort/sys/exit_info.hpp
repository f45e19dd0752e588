/// @file
/// How a process ended.
#pragma once

#include "../detail/chrono.hpp"
#include "platform.hpp"

#include <cstdint>

namespace cohort::sys {

/// Whether a process ended by itself, by a signal, or by a signal that also left a core file.
enum class exit_kind : std::uint8_t { exited, signaled, dumped };

namespace detail {
/// The two fields of a timeval as one number.
COHORT_COLD inline std::chrono::microseconds in_microseconds(long seconds, long microseconds) noexcept {
    return std::chrono::microseconds(seconds * 1'000'000LL + microseconds);
}
}  // namespace detail

/// How a process ended and what it used.
struct exit_info {
    [[gnu::always_inline]] exit_info() noexcept : exit_info(exit_kind::exited, 0) {}
    [[gnu::always_inline]] exit_info(exit_kind how, int number) noexcept : kind(how), value(number) {}

    exit_kind kind;
    /// The exit code (0 to 255; on Windows all 32 bits) where `kind` is `exited`, else the signal's number.
    int value;
    /// Windows: the exit code as the system has it, also where it stands for a signal; elsewhere 0.
    std::uint32_t native_code = 0;
    /// CPU time of the process and of the descendants it has waited for.
    std::chrono::microseconds user_time{0};
    std::chrono::microseconds system_time{0};
    /// The largest resident set, in bytes; 0 where it is not known.
    std::uint64_t max_rss = 0;
};

}  // namespace cohort::sys
