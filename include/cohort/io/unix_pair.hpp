// unix_pair(): two connected Unix stream sockets.
#pragma once

#include "../async/error.hpp"
#include "../sys/socket.hpp"
#include "stream.hpp"

#include <utility>

namespace cohort {

/// Two connected streams; what is written to one is read from the other.
class stream_pair {
public:
    stream_pair(stream first, stream second) noexcept : first_(std::move(first)), second_(std::move(second)) {}

    stream& first() noexcept { return first_; }
    stream& second() noexcept { return second_; }

private:
    stream first_;
    stream second_;
};

/// A connected pair of Unix stream sockets, non-blocking and close-on-exec. Does not wait. Errors: EMFILE, ENFILE.
/// Source: socketpair(2).
[[nodiscard]] inline stream_pair unix_pair() {
    const auto made = sys::socketpair();
    if (!made) throw error(made.error(), "socketpair");
    handle first(made->first);
    handle second(made->second);
    return stream_pair(stream(std::move(first), stream::type::socket), stream(std::move(second), stream::type::socket));
}

}  // namespace cohort
