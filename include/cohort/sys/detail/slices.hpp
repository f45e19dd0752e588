/// @file
/// Scattered buffers, cut to a limit when the fault seam asks for a short transfer.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/uio.h>

namespace cohort::sys {

/// One piece of a scattered buffer (`iovec`): `iov_base` and `iov_len`.
using io_slice = ::iovec;

namespace detail {

/// Runs `f(slices, count)` on at most `limit` bytes of the slices. Without COHORT_FAULTS no one asks for less than all.
template <class F>
inline auto with_slices(const io_slice* slices, std::size_t count, [[maybe_unused]] std::size_t limit, F&& f) noexcept {
#if defined(COHORT_FAULTS)
    if (limit != SIZE_MAX) {
        // A short transfer may always be shorter still, so a bounded copy of the list is enough.
        constexpr std::size_t most = 16;
        io_slice cut[most];
        std::size_t used = 0;
        while (used < count && used < most && limit > 0) {
            cut[used] = slices[used];
            if (cut[used].iov_len > limit) cut[used].iov_len = limit;
            limit -= cut[used].iov_len;
            ++used;
        }
        return f(static_cast<const io_slice*>(cut), used);
    }
#endif
    return f(slices, count);
}

}  // namespace detail
}  // namespace cohort::sys
