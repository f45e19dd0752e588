// copy(from, to): moves bytes from one stream to another until the first ends.
//
// Between descriptors one of which is a pipe the kernel moves the pages itself (splice(2)): nothing is ever under way
// outside the two, so a cancelled copy has lost nothing. Everything else goes through a buffer.
#pragma once

#include "../async/detail/list.hpp"
#include "../async/detail/text.hpp"
#include "../async/task.hpp"
#include "../async/yield.hpp"
#include "../reactor/cancellation_point.hpp"
#include "../reactor/readable.hpp"
#include "../sys/platform.hpp"
#include "../sys/splice.hpp"
#include "concepts.hpp"
#include "describe.hpp"
#include "stream.hpp"
#include "write_all.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

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

/// False: the kernel cannot splice between these two, or makes no progress; nothing is under way.
template <class = void>
task<bool> copy_spliced(stream& from, stream& to, std::uint64_t& copied) {
    constexpr std::size_t chunk = 1 << 20;
    constexpr int most_fruitless = 64;
    int fruitless = 0;
    int moved_in_turn = 0;
    while (fruitless < most_fruitless) {
        const auto moved = sys::splice_now(from.native(), to.native(), chunk);
        if (moved) {
            if (*moved == 0) co_return true;
            copied += *moved;
            fruitless = 0;
            // A fast pair must not keep the loop from the others.
            if (++moved_in_turn % 16 == 0) co_await yield();
            continue;
        }
        if (moved.error() == EINVAL || moved.error() == ENOSYS) co_return false;
        if (!moved.would_block()) {
            // Which side failed is not said; most failures are the receiver's.
            const std::string between =
                joined(describe_descriptor(from.native()), " to ", describe_descriptor(to.native()));
            throw error(moved.error(), "copy", between);
        }
        // Either there is nothing to read or no room to write: wait for one, look, and wait for the other.
        ++fruitless;
        if (fruitless % 2 == 1) co_await readable(from.registered());
        else co_await writable(to.registered());
    }
    co_return false;
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
