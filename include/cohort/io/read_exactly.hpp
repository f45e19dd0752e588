// read_exactly(stream, span): reads until the buffer is full.
#pragma once

#include "../async/error.hpp"
#include "../async/task.hpp"
#include "../sys/platform.hpp"
#include "concepts.hpp"
#include "io_error.hpp"

#include <cstddef>
#include <span>

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort {

/// Completes when `to` is full or the stream has ended, with the number of bytes read: less than `to.size()` only at
/// the end of the stream. Errors: those of the stream. Cancellation and errors: `done` says how many bytes stand in
/// `to`, so that none is lost; read on with `to.subspan(done)`.
template <readable_stream S>
task<std::size_t> read_exactly(S& from, std::span<std::byte> to, std::size_t& done) {
    done = 0;
    while (done < to.size()) {
        const std::size_t count = co_await from.read_some(to.subspan(done));
        if (count == 0) break;
        done += count;
    }
    co_return done;
}

/// The same for those who give the stream up after a cancellation: what had been read by then stands in `to`,
/// uncounted.
template <readable_stream S>
task<std::size_t> read_exactly(S& from, std::span<std::byte> to) {
    std::size_t done = 0;
    while (done < to.size()) {
        const std::size_t count = co_await from.read_some(to.subspan(done));
        if (count == 0) break;
        done += count;
    }
    co_return done;
}

/// `read_exactly` where less is a failure: throws `io_errc::unexpected_end` if the stream ends before `to` is full.
template <readable_stream S>
task<> require_exactly(S& from, std::span<std::byte> to) {
    const std::size_t count = co_await read_exactly(from, to);
    if (count < to.size()) throw error(make_error_code(io_errc::unexpected_end), "read");
}

}  // namespace cohort

COHORT_COROUTINE_WARNINGS_POP
