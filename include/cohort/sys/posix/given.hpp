/// @file
/// What this process was given by who started it.
#pragma once

#include "io.hpp"

#include <cerrno>

namespace cohort::sys {

/// The descriptor that this process was given under a number. EBADF: there is none. A standard one that is
/// close-on-exec counts as closed: something else has taken its number.
inline outcome<int> given_descriptor(int number) noexcept {
    const auto closes = is_close_on_exec(number);
    if (!closes) return failure(closes.error());
    if (number <= 2 && *closes) return failure(EBADF);
    return number;
}

}  // namespace cohort::sys
