// Segments: how bytes and handles travel together over a pipe of Windows, which knows bytes alone.
//
// A channel that is open for handles, or whose two ends know each other (a worker's and its parent's), writes segments:
// a head of 8 bytes, `size` and `count` in little-endian order; `count` handles in words; `size` bytes of the channel's
// stream. The handles belong to the first of the bytes. Two sizes stand for something else: `hello`, each side's first
// segment, says in `count` the number of the process, into which the other side duplicates handles; `end` says that
// nothing more comes, for a pipe's ways cannot be closed one by one.
#pragma once

#include "../../../async/detail/list.hpp"
#include "../../../sys/io.hpp"
#include "../../../sys/message.hpp"
#include "../../../sys/outcome.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace cohort::detail {

struct segment_head {
    static constexpr std::uint32_t hello = 0xFFFFFFFF;
    static constexpr std::uint32_t end = 0xFFFFFFFE;
    /// What one segment carries at most.
    static constexpr std::size_t most_bytes = 1 << 17;

    std::uint32_t size;
    std::uint32_t count;
};

/// Collects what is to be written: heads, handles, bytes.
class segment_writer {
public:
    segment_writer() noexcept {}
    segment_writer(const segment_writer&) = delete;
    segment_writer& operator=(const segment_writer&) = delete;
    ~segment_writer() {
        if (receiver_ >= 0) static_cast<void>(sys::close(receiver_));
    }

    bool knows_peer() const noexcept { return peer_ != 0; }
    unsigned peer() const noexcept { return peer_; }
    void peer_is(unsigned pid) noexcept { peer_ = pid; }

    char* data() noexcept { return bytes_.data(); }
    std::size_t size() const noexcept { return bytes_.size(); }

    void put_head(std::uint32_t size, std::uint32_t count) {
        const segment_head head{size, count};
        put(&head, sizeof head);
    }

    /// Adds a segment of what the pieces hold, up to `segment_head::most_bytes`, with the handles duplicated into the
    /// peer. How many bytes, or the error, and then nothing was added.
    sys::outcome<std::size_t> put_segment(const sys::io_slice* slices, std::size_t count, const int* fds,
                                          std::size_t fd_count) {
        std::size_t size = 0;
        for (std::size_t i = 0; i < count; ++i) size += slices[i].iov_len;
        if (size > segment_head::most_bytes) size = segment_head::most_bytes;
        const std::size_t begin = bytes_.size();
        bytes_.reserve(begin + sizeof(segment_head) + fd_count * sizeof(sys::carried_descriptor) + size);
        put_head(static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(fd_count));
        if (fd_count > 0) {
            if (const int code = put_handles(fds, fd_count)) {
                bytes_.resize(begin);
                return sys::failure(code);
            }
        }
        std::size_t rest = size;
        for (std::size_t i = 0; i < count && rest > 0; ++i) {
            const std::size_t part = slices[i].iov_len < rest ? slices[i].iov_len : rest;
            put(slices[i].iov_base, part);
            rest -= part;
        }
        return size;
    }

    /// All of it is out.
    void clear() noexcept {
        bytes_.clear();
        handles_end_ = 0;
    }

    /// None of it is out, and none will be.
    void retract() noexcept {
        take_back(handles_begin_, handles_end_);
        clear();
    }

    /// Opens the peer's process, which has to be known, if that has not been done.
    int open_receiver() noexcept {
        if (receiver_ >= 0) return 0;
        const auto opened = sys::open_receiver(peer_);
        receiver_ = opened.value_or(-1);
        return opened.error();
    }

private:
    void put(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }

    int put_handles(const int* fds, std::size_t count) {
        if (const int code = open_receiver()) return code;
        // Into the place that was reserved for them: nothing fails from here on but the system.
        const std::size_t begin = bytes_.size();
        for (std::size_t i = 0; i < count; ++i) {
            sys::carried_descriptor one;
            if (const auto done = sys::carry(fds[i], receiver_, peer_, one); !done) {
                take_back(begin, bytes_.size());
                return done.error();
            }
            put(&one, one.size());
        }
        handles_begin_ = begin;
        handles_end_ = bytes_.size();
        return 0;
    }

    /// Closes in the peer the handles that stand there in the buffer: it will not be told of them.
    void take_back(std::size_t from, std::size_t end) noexcept {
        while (from < end) {
            sys::carried_descriptor one;
            std::memcpy(&one.tag, bytes_.data() + from, sys::carried_descriptor::short_size);
            sys::uncarry(receiver_, one);
            from += one.size();
        }
    }

    std::string bytes_;
    std::size_t handles_begin_ = 0;
    std::size_t handles_end_ = 0;
    unsigned peer_ = 0;
    int receiver_ = -1;
};

/// Takes segments apart as they come.
class segment_reader {
public:
    segment_reader() { buffer_.reserve(capacity); }
    segment_reader(const segment_reader&) = delete;
    segment_reader& operator=(const segment_reader&) = delete;

    /// What a call of `take` found.
    enum class found : unsigned char { nothing, bytes, hello, end, nonsense };

    /// Where the next bytes of the pipe go, and how many at most.
    char* room() noexcept {
        if (begin_ > 0) {
            std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        return buffer_.data() + end_;
    }
    std::size_t room_size() const noexcept { return capacity - end_; }
    void filled(std::size_t count) noexcept { end_ += count; }

    /// Goes on with what is there: up to `size` bytes to `data`, of one segment; `fds` has room for
    /// sys::max_message_fds. Handles are given with the first byte of theirs. `greeted`: whether `hello` has come, which
    /// is the first. Null `data`: that alone is looked for.
    found take(char* data, std::size_t size, int* fds, bool greeted) noexcept {
        if (!data && greeted) return found::nothing;
        taken_ = fd_count_ = 0;
        if (left_ == 0) {
            const found what = begin(fds, greeted);
            if (what != found::bytes) return what;
        }
        const std::size_t there = end_ - begin_;
        std::size_t count = left_ < size ? left_ : size;
        if (count > there) count = there;
        if (count == 0 && fd_count_ == 0) return found::nothing;
        std::memcpy(data, buffer_.data() + begin_, count);
        begin_ += count;
        left_ -= count;
        taken_ = count;
        return found::bytes;
    }

    std::size_t taken() const noexcept { return taken_; }
    std::size_t fd_count() const noexcept { return fd_count_; }
    /// Handles could not be taken up.
    bool lost() const noexcept { return lost_; }
    /// What `hello` said.
    unsigned peer() const noexcept { return peer_; }

private:
    // A head with all the handles that there can be fits.
    static constexpr std::size_t capacity = sys::max_message_fds * sizeof(sys::carried_descriptor) + 65536;

    found begin(int* fds, bool greeted) noexcept {
        const char* at = buffer_.data() + begin_;
        std::size_t there = end_ - begin_;
        segment_head head;
        if (there < sizeof head) return found::nothing;
        std::memcpy(&head, at, sizeof head);
        at += sizeof head;
        there -= sizeof head;
        if (!greeted && head.size != segment_head::hello) return found::nonsense;
        if (head.size == segment_head::hello || head.size == segment_head::end) {
            begin_ += sizeof head;
            if (head.size == segment_head::end) return found::end;
            peer_ = head.count;
            return found::hello;
        }
        if (head.size == 0 || head.size > segment_head::most_bytes || head.count > sys::max_message_fds ||
            (head.count > 0 && !fds))
            return found::nonsense;
        // All of them and a byte of what they belong to, or none.
        const char* const first = at;
        for (std::uint32_t i = 0; i < head.count; ++i) {
            sys::carried_descriptor one;
            if (there < sys::carried_descriptor::short_size) return found::nothing;
            std::memcpy(&one.tag, at, sizeof one.tag);
            if (there < one.size()) return found::nothing;
            at += one.size();
            there -= one.size();
        }
        if (head.count > 0 && there == 0) return found::nothing;
        at = first;
        lost_ = false;
        for (std::uint32_t i = 0; i < head.count; ++i) {
            sys::carried_descriptor one;
            std::memcpy(&one.tag, at, sizeof one.tag);
            std::memcpy(static_cast<void*>(&one), at, one.size());
            at += one.size();
            if (const auto taken_up = sys::take_up(one)) fds[fd_count_++] = *taken_up;
            else lost_ = true;
        }
        begin_ = static_cast<std::size_t>(at - buffer_.data());
        left_ = head.size;
        return found::bytes;
    }

    list<char> buffer_;  // its capacity is what counts
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t left_ = 0;  // of the segment
    std::size_t taken_ = 0;
    std::size_t fd_count_ = 0;
    unsigned peer_ = 0;
    bool lost_ = false;
};

}  // namespace cohort::detail
