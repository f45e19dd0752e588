// What cuts a byte stream into frames: the concept that framing policies model, and the result of looking for a frame.
//
// A policy writes around a payload that is encoded in place: `begin` appends room for what stands before it, then the
// codec appends the payload, then `finish` fills in what was not known before. Where the length of a header depends on
// the payload (decimal lengths, variable-width integers), `finish` moves the payload by a few bytes.
//
// Reading is incremental and scans no byte twice: `decode` is called with the unread bytes, which begin at the frame's
// first byte, again and again as more arrive. What it found out about the first n bytes it keeps in the decoder.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>

namespace cohort {

/// What a decoder says about the bytes it was shown: a frame, more bytes needed, or no frame at all.
class frame_scan {
public:
    enum class state : unsigned char { need_more, frame, failed };

    /// More bytes are needed: at least `total`, counted from the frame's first byte; 0 where that is not known yet.
    static constexpr frame_scan need_more(std::size_t total = 0) noexcept {
        return frame_scan(state::need_more, 0, total, 0, 0, nullptr);
    }
    /// The payload is `size` bytes at `offset`; `trailer` bytes follow it and `handles` descriptors belong to it.
    static constexpr frame_scan frame(std::size_t offset, std::size_t size, std::size_t trailer = 0,
                                      std::size_t handles = 0) noexcept {
        return frame_scan(state::frame, offset, size, trailer, handles, nullptr);
    }
    /// The bytes are no frame; `why` is a literal, `offset` the place of the fault, counted from the frame's first
    /// byte, `size` the length that the frame claims where that is the fault.
    static constexpr frame_scan failed(const char* why, std::size_t offset, std::size_t size = 0) noexcept {
        return frame_scan(state::failed, offset, size, 0, 0, why);
    }

    [[gnu::always_inline]] constexpr bool is_frame() const noexcept { return state_ == state::frame; }
    [[gnu::always_inline]] constexpr bool is_failed() const noexcept { return state_ == state::failed; }
    constexpr bool is_need_more() const noexcept { return state_ == state::need_more; }

    [[gnu::always_inline]] constexpr std::size_t offset() const noexcept { return offset_; }
    [[gnu::always_inline]] constexpr std::size_t size() const noexcept { return size_; }
    /// All bytes of the frame, header and trailer included; or the bytes that are needed.
    [[gnu::always_inline]] constexpr std::size_t total() const noexcept { return offset_ + size_ + trailer_; }
    [[gnu::always_inline]] constexpr std::size_t handles() const noexcept { return handles_; }
    [[gnu::always_inline]] constexpr const char* why() const noexcept { return why_; }

private:
    constexpr frame_scan(state s, std::size_t offset, std::size_t size, std::size_t trailer, std::size_t handles,
                         const char* why) noexcept
        : offset_(offset), size_(size), trailer_(trailer), why_(why), handles_(handles), state_(s) {}

    std::size_t offset_;
    std::size_t size_;
    std::size_t trailer_;
    const char* why_;
    std::size_t handles_;
    state state_;
};

/// A framing policy.
///
///  * `begin(out, with_handles)` appends room for the header to `out`.
///  * `finish(out, start, with_handles, handles)` completes the frame that `begin` started at `start`; the payload
///    reaches to the end of `out`. Null, or a literal that says why the payload cannot be framed; the frame is then cut
///    off by the caller.
///  * `decoder(with_handles)` has `decode(bytes, limit)`: `bytes` begin at the frame's first byte, `limit` bounds the
///    payload. It never looks past `bytes`, and may keep what it learned. After a frame or a failure, `reset()`
///    prepares for the next.
///  * `counts_handles`: whether a frame can say how many descriptors belong to it.
///
/// Optional: `header_room` and `write_header(to, size, with_handles, handles)`, which writes the header of a payload
/// that stands elsewhere and returns its length; large payloads of such policies are sent without a copy.
template <class F>
concept framing_policy = requires(std::string& out, std::size_t n, bool b, std::span<const std::byte> bytes,
                                  typename F::decoder& d) {
    { F::counts_handles } -> std::convertible_to<bool>;
    F::begin(out, b);
    { F::finish(out, n, b, n) } -> std::same_as<const char*>;
    { d.decode(bytes, n) } noexcept -> std::same_as<frame_scan>;
    { d.reset() } noexcept;
    requires std::constructible_from<typename F::decoder, bool>;
};

namespace detail {

/// Whether the policy writes a header apart from its payload.
template <class F>
concept detached_header = requires(char* to, std::size_t n, bool b) {
    { F::header_room } -> std::convertible_to<std::size_t>;
    { F::write_header(to, n, b, n) } -> std::same_as<std::size_t>;
};

}  // namespace detail

}  // namespace cohort
