// write_all(stream, bytes): writes until everything is written.
#pragma once

#include "../async/task.hpp"
#include "../sys/platform.hpp"
#include "concepts.hpp"

#include <cstddef>
#include <span>
#include <string_view>

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort {

/// Completes when all of `from` has been written. `from` stays in place until then. Errors: those of the stream.
/// Cancellation: a part may have been written; `written` says how much, also after an error.
template <writable_stream S>
task<> write_all(S& to, std::span<const std::byte> from, std::size_t& written) {
    written = 0;
    while (written < from.size()) written += co_await to.write_some(from.subspan(written));
}

/// The same for those who give the stream up after a cancellation or an error.
template <writable_stream S>
task<> write_all(S& to, std::span<const std::byte> from) {
    while (!from.empty()) {
        const std::size_t count = co_await to.write_some(from);
        from = from.subspan(count);
    }
}

/// The same with text. The text is not copied: it may be a temporary only where the task is awaited in the same
/// expression.
template <writable_stream S>
task<> write_all(S& to, std::string_view text) {
    return write_all(to, bytes_of(text));
}

}  // namespace cohort

COHORT_COROUTINE_WARNINGS_POP
