/// @file
/// The room of a pipe is chosen when it is made.
#pragma once

#include "../outcome.hpp"

#include <cerrno>
#include <cstddef>

namespace cohort::sys {

/// ENOTSUP: what is written to a pipe goes into the read that waits for it, whatever the size.
inline outcome<std::size_t> set_pipe_size(int, std::size_t) noexcept { return failure(ENOTSUP); }

}  // namespace cohort::sys
