// The words that requests of all platforms are described with.
#pragma once

#include "../sys/platform.hpp"

#include <cstddef>
#include <cstdint>

namespace cohort {

/// Which of a descriptor's two queues a request waits in. Requests of one queue complete in the order of their
/// submission.
enum class direction : unsigned char { read, write };

/// What keeps a transfer from blocking.
enum class transfer_mode : unsigned char {
    plain,          ///< the description is non-blocking, or never waits, as regular files
    socket,         ///< a socket of a non-blocking description: written with MSG_NOSIGNAL
    shared_socket,  ///< a socket whose description belongs to others as well: MSG_DONTWAIT at each call
    shared,         ///< another such description: poll(2) first, and no write that is larger than what cannot block
};

namespace detail {

/// What one transfer moves at most, on Linux as elsewhere; a size therefore takes 32 bits in a request.
inline constexpr std::uint32_t most_transferred = 0x7ffff000;

COHORT_ALWAYS_INLINE constexpr std::uint32_t transfer_size(std::size_t n) noexcept {
    return n < most_transferred ? static_cast<std::uint32_t>(n) : most_transferred;
}

}  // namespace detail

}  // namespace cohort
