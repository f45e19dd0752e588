/// @file
/// Moving bytes inside the kernel, which these systems do not do between two descriptors of any kind: what asks for it
/// is told EINVAL, as on Linux where the kernel cannot splice between the two, and copies through a buffer. Pipes grow
/// by themselves, so nobody sets or asks for their size.
#pragma once

#include "../detail/invoke.hpp"

#include <cerrno>
#include <cstddef>

namespace cohort::sys {

/// EINVAL, always.
inline outcome<std::size_t> splice_now(int, int, std::size_t) noexcept {
    return detail::once<call::splice, std::size_t>([] {
        errno = EINVAL;
        return -1;
    });
}

/// ENOTSUP, always.
inline outcome<std::size_t> set_pipe_size(int, std::size_t) noexcept {
    return detail::once<call::pipe_size, std::size_t>([] {
        errno = ENOTSUP;
        return -1;
    });
}

}  // namespace cohort::sys
