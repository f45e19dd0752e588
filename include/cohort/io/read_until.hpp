// read_until(stream, buffer, delimiter): reads until the buffer holds a delimiter.
#pragma once

#include "../async/error.hpp"
#include "../async/task.hpp"
#include "../sys/platform.hpp"
#include "concepts.hpp"
#include "io_error.hpp"

#include <cstddef>
#include <span>
#include <string>

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort {

/// The longest line or record that the algorithms take unless told otherwise, in bytes.
inline constexpr std::size_t default_line_limit = 1 << 20;

/// Completes when `buffer` holds `delimiter`, with the number of bytes up to and including it; with 0 when the stream
/// has ended before. What was read beyond stays in `buffer`, after those bytes, for the next call: erase what you used.
/// No byte is looked at twice in one call. Errors: `io_errc::limit_exceeded` if there is no delimiter in the first
/// `limit` bytes; those of the stream. Cancellation and errors: all that was read stands in `buffer`.
template <readable_stream S>
task<std::size_t> read_until(S& from, std::string& buffer, char delimiter, std::size_t limit = default_line_limit) {
    constexpr std::size_t chunk = 4096;
    std::size_t searched = 0;
    for (;;) {
        const std::size_t at = buffer.find(delimiter, searched);
        if (at != buffer.npos && at < limit) co_return at + 1;
        searched = buffer.size();
        if (searched >= limit) throw error(make_error_code(io_errc::limit_exceeded), "read_until");
        buffer.resize(searched + chunk);
        // Whatever happens, the buffer ends with what was read.
        struct trimmed {
            std::string& text;
            std::size_t size;
            ~trimmed() { text.resize(size); }
        } kept{buffer, searched};
        std::span<char> room(buffer.data() + searched, chunk);
        const std::size_t count = co_await from.read_some(std::as_writable_bytes(room));
        if (count == 0) co_return 0;
        kept.size += count;
    }
}

}  // namespace cohort

COHORT_COROUTINE_WARNINGS_POP
