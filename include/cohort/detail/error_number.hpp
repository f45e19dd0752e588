// Error numbers as error codes.
//
// An error number is an errno. A system that has codes of its own (Windows) marks those with a bit that neither uses:
// they are of the system's category, with the system's text, and an errno is generic there.
#pragma once

#include <cerrno>
#include <system_error>

namespace cohort::detail {

/// Set in a number that is a code of the system and no errno.
inline constexpr int own_code_mark = 0x20000000;

/// Whether an errno is a code of the system. The C library of Windows, which translates, is known by its two numbers
/// for one thing.
inline constexpr bool errno_is_the_systems = EWOULDBLOCK == EAGAIN;

[[gnu::always_inline]] inline std::error_code code_from(int number) noexcept {
    if constexpr (errno_is_the_systems) return std::error_code(number, std::system_category());
    if (number & own_code_mark) return std::error_code(number & ~own_code_mark, std::system_category());
    return std::error_code(number, std::generic_category());
}

}  // namespace cohort::detail
