/// @file
/// Whether a read would not wait.
#pragma once

#include "io.hpp"

namespace cohort::sys {

/// Whether a pipe has bytes, or its end, that no read has got or waits for.
inline bool has_input(int fd) noexcept {
    const auto found = bytes_readable(fd);
    return found ? *found > 0 : found.error() == EPIPE;
}

}  // namespace cohort::sys
