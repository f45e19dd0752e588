// buffered_reader<Stream>: lines and records out of a byte stream.
//
// What has been read and not been taken stands in the reader, not in a coroutine: a read that is cancelled or fails
// loses nothing, and the next call goes on where it stopped.
#pragma once

#include "../async/detail/list.hpp"
#include "../async/error.hpp"
#include "../async/task.hpp"
#include "../detail/exchanged.hpp"
#include "../reactor/cancellation_point.hpp"
#include "../sys/platform.hpp"
#include "concepts.hpp"
#include "io_error.hpp"
#include "read_until.hpp"

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort {

/// Reads a stream in large pieces and gives it out in lines, records or bytes. `Stream` is a stream, then owned, or a
/// reference to one. One call at a time. Itself a readable stream.
template <class Stream>
    requires readable_stream<std::remove_reference_t<Stream>>
class buffered_reader {
public:
    /// `limit`: the longest line or record, in bytes, without its delimiter.
    explicit buffered_reader(Stream&& source, std::size_t limit = default_line_limit)
        : stream_(std::forward<Stream>(source)), limit_(limit) {}

    /// Completes with the next line without its `\n` or `\r\n`; with nothing at the end of the stream. A last line
    /// without a line end is given too. Errors: `io_errc::limit_exceeded`, with the bytes left in the reader; those of
    /// the stream. Cancellation: nothing has been taken.
    task<std::optional<std::string>> line() {
        auto found = co_await record('\n', true);
        if (found && !found->empty() && found->back() == '\r') found->pop_back();
        co_return found;
    }

    /// The same for records that end with `delimiter`, which is not given.
    task<std::optional<std::string>> read_until(char delimiter) { return record(delimiter, false); }

    /// Completes with at least one byte, from the buffer if it holds any; 0 at the end of the stream. Cancellation:
    /// nothing has been taken.
    task<std::size_t> read_some(std::span<std::byte> to) {
        detail::cancellation_point entry;
        co_await entry;
        const std::string_view text = buffered();
        if (text.empty() && to.size() >= chunk) co_return co_await stream_.read_some(to);
        if (text.empty() && !to.empty()) {
            const std::size_t count = co_await fill();
            if (count == 0) co_return 0;
        }
        const std::string_view ready = buffered();
        const std::size_t count = ready.size() < to.size() ? ready.size() : to.size();
        if (count > 0) std::memcpy(to.data(), ready.data(), count);
        consume(count);
        co_return count;
    }

    /// What was read from the stream and not taken yet. Valid until the next call.
    std::string_view buffered() const noexcept {
        return std::string_view(buffer_.data() + unread_.begin, unread_.end - unread_.begin);
    }

    /// Takes `count` bytes of what is buffered.
    void consume(std::size_t count) noexcept {
        unread_.begin += count;
        if (unread_.begin == unread_.end) unread_.begin = unread_.end = 0;
    }

    /// The stream below. Bytes that are buffered here are no longer in it.
    [[gnu::always_inline]] std::remove_reference_t<Stream>& stream() noexcept { return stream_; }
    [[gnu::always_inline]] const std::remove_reference_t<Stream>& stream() const noexcept { return stream_; }

private:
    static constexpr std::size_t chunk = 16384;

    /// `of_lines`: a `\r` before the delimiter is a part of it.
    task<std::optional<std::string>> record(char delimiter, bool of_lines) {
        detail::cancellation_point entry;
        co_await entry;
        std::size_t searched = 0;
        for (;;) {
            const std::string_view text = buffered();
            std::size_t most = limit_;
            if (of_lines && text.size() > limit_ && text[limit_] == '\r') ++most;
            // One byte beyond the limit may be the delimiter.
            const std::size_t window = text.size() <= most ? text.size() : most + 1;
            const void* at = nullptr;
            if (searched < window) at = std::memchr(text.data() + searched, delimiter, window - searched);
            if (at) {
                const auto size = static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
                std::string taken(text.substr(0, size));
                consume(size + 1);
                co_return std::optional<std::string>(std::move(taken));
            }
            if (text.size() > most) throw error(make_error_code(io_errc::limit_exceeded), "read_until");
            searched = text.size();
            const std::size_t count = co_await fill();
            if (count > 0) continue;
            if (searched == 0) co_return std::nullopt;
            std::string rest(buffered());
            consume(rest.size());
            co_return std::optional<std::string>(std::move(rest));
        }
    }

    /// Reads once, behind what is buffered.
    task<std::size_t> fill() {
        if (unread_.begin > 0 && buffer_.capacity() - unread_.end < chunk / 2) {
            std::memmove(buffer_.data(), buffer_.data() + unread_.begin, unread_.end - unread_.begin);
            unread_.end -= unread_.begin;
            unread_.begin = 0;
        }
        if (buffer_.capacity() - unread_.end < chunk / 2) buffer_.reserve(unread_.end + chunk);
        std::span<char> room(buffer_.data() + unread_.end, buffer_.capacity() - unread_.end);
        const std::size_t count = co_await stream_.read_some(std::as_writable_bytes(room));
        unread_.end += count;
        co_return count;
    }

    /// Which part of the buffer is unread. It moves along with the buffer; a copy has a buffer of its own, without it.
    class extent {
    public:
        extent() noexcept {}
        extent(const extent&) noexcept {}
        extent(extent&& other) noexcept
            : begin(detail::exchanged(other.begin, std::size_t{0})),
              end(detail::exchanged(other.end, std::size_t{0})) {}
        extent& operator=(extent other) noexcept {
            begin = other.begin;
            end = other.end;
            return *this;
        }
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    Stream stream_;
    std::size_t limit_;
    detail::list<char> buffer_;  // its capacity is what counts
    extent unread_;
};

template <class Stream>
buffered_reader(Stream&&) -> buffered_reader<Stream>;
template <class Stream>
buffered_reader(Stream&&, std::size_t) -> buffered_reader<Stream>;

}  // namespace cohort

COHORT_COROUTINE_WARNINGS_POP
