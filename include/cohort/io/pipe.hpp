// make_pipe(): the two ends of a pipe as streams.
#pragma once

#include "../async/error.hpp"
#include "../sys/io.hpp"
#include "stream.hpp"

#include <utility>

namespace cohort {

/// The two ends of a pipe.
class pipe_pair {
public:
    [[gnu::always_inline]]
    pipe_pair(stream reader, stream writer) noexcept : reader_(std::move(reader)), writer_(std::move(writer)) {}

    stream& reader() noexcept { return reader_; }
    stream& writer() noexcept { return writer_; }

private:
    stream reader_;
    stream writer_;
};

/// A pipe, both ends non-blocking and close-on-exec: `make_pipe().reader()`. Does not wait. Errors: EMFILE, ENFILE.
/// Source: pipe2(2).
[[nodiscard]] inline pipe_pair make_pipe() {
    const auto made = sys::pipe(true, true);
    if (!made) throw error(made.error(), "pipe");
    handle reader(made->read);
    handle writer(made->write);
    return pipe_pair(stream(std::move(reader), stream::type::pipe), stream(std::move(writer), stream::type::pipe));
}

}  // namespace cohort
