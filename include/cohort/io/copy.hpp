// copy(from, to): moves bytes from one stream to another until the first ends.
//
// Between descriptors one of which is a pipe the kernel moves the pages itself (splice(2)): nothing is ever under way
// outside the two, so a cancelled copy has lost nothing. Everything else goes through a buffer.
#pragma once

#include "../async/detail/list.hpp"
#include "../async/task.hpp"
#include "../reactor/cancellation_point.hpp"
#include "../sys/platform.hpp"
#include "concepts.hpp"
#include "detail/copy_spliced.hpp"
#include "stream.hpp"
#include "write_all.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort {

namespace detail {

template <class From, class To>
task<> copy_buffered(From& from, To& to, std::uint64_t& copied) {
    list<std::byte> buffer;
    buffer.reserve(65536);
    for (;;) {
        const std::size_t count = co_await from.read_some(std::span<std::byte>(buffer.data(), buffer.capacity()));
        if (count == 0) co_return;
        std::size_t written = 0;
        while (written < count) {
            const std::span<const std::byte> rest(buffer.data() + written, count - written);
            const std::size_t some = co_await to.write_some(rest);
            written += some;
            copied += some;
        }
    }
}

}  // namespace detail

/// Completes when `from` has ended and all its bytes are in `to`, with their number; `to` is left open. Errors: those
/// of either stream. Cancellation and errors: `copied` says how many bytes `to` has taken; up to 64 KiB more may have
/// been read from `from` and are lost, except where the kernel splices.
template <readable_stream From, writable_stream To>
task<std::uint64_t> copy(From& from, To& to, std::uint64_t& copied) {
    copied = 0;
    co_await detail::copy_buffered(from, to, copied);
    co_return copied;
}

/// The same between descriptors: spliced if one of them is a pipe, and then cancelled without any loss.
template <class = void>
task<std::uint64_t> copy(stream& from, stream& to, std::uint64_t& copied) {
    copied = 0;
    detail::cancellation_point entry;
    co_await entry;
    if (from.spliceable(to)) {
        const bool done = co_await detail::copy_spliced(from, to, copied);
        if (done) co_return copied;
    }
    co_await detail::copy_buffered(from, to, copied);
    co_return copied;
}

/// The same for those to whom the number does not matter if it fails.
template <readable_stream From, writable_stream To>
task<std::uint64_t> copy(From& from, To& to) {
    std::uint64_t copied = 0;
    co_return co_await copy(from, to, copied);
}

}  // namespace cohort

COHORT_COROUTINE_WARNINGS_POP
