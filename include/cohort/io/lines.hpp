// lines(stream): the lines of a byte stream, one by one.
#pragma once

#include "../async/generator.hpp"
#include "../sys/platform.hpp"
#include "buffered_reader.hpp"
#include "concepts.hpp"

#include <cstddef>
#include <string>
#include <utility>

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort {

/// Gives the lines of `from`, which outlives the generator, without their ends: `while (auto line = co_await
/// all.next())`. Reads ahead: when the generator is gone, what it has read and not given is lost; likewise when a
/// `next` is cancelled while it waits, which ends the generator. `buffered_reader` has neither limit. Errors: as of
/// `buffered_reader::line`.
template <readable_stream S>
generator<std::string> lines(S& from, std::size_t limit = default_line_limit) {
    buffered_reader<S&> reader(from, limit);
    for (;;) {
        auto line = co_await reader.line();
        if (!line) co_return;
        co_yield std::move(*line);
    }
}

}  // namespace cohort

COHORT_COROUTINE_WARNINGS_POP
