// The bytes that a channel has read and not yet delivered: one block of memory with a window of unread bytes.
#pragma once

#include "../../sys/platform.hpp"

#include <cstddef>
#include <cstring>
#include <new>
#include <span>

namespace cohort::detail {

/// Grows while reads fill it, up to `most` bytes, and beyond only for a single frame that is larger, which is then read
/// straight to where it will stand. Gives the memory back when large frames are gone or reads stay small.
class read_buffer {
public:
    read_buffer() noexcept {}
    read_buffer(const read_buffer&) = delete;
    read_buffer& operator=(const read_buffer&) = delete;
    [[gnu::always_inline]] ~read_buffer() { ::operator delete(data_); }

    [[gnu::always_inline]] std::size_t unread() const noexcept { return end_ - begin_; }
    std::span<const std::byte> bytes() const noexcept {
        return std::span<const std::byte>(reinterpret_cast<const std::byte*>(data_) + begin_, unread());
    }
    [[gnu::always_inline]] const char* front() const noexcept { return data_ + begin_; }
    [[gnu::always_inline]] void consume(std::size_t n) noexcept { begin_ += n; }
    std::size_t capacity() const noexcept { return capacity_; }

    /// Makes room for the next read. `total`: how many bytes the frame at the front needs, as far as known; `extra`:
    /// how many bytes behind it are welcome. Moves the unread bytes.
    void make_room(std::size_t total, std::size_t extra) {
        if (begin_ == end_) begin_ = end_ = 0;
        const std::size_t wanted = total + extra;
        if (wanted > capacity_) {
            resize(wanted > wanted_ ? wanted : wanted_);
        } else if (capacity_ != wanted_ && unread() <= cheap_move && wanted <= wanted_) {
            resize(wanted_);
        } else if (begin_ > 0 &&
                   (unread() <= cheap_move || capacity_ - begin_ < wanted || capacity_ - end_ < capacity_ / 4)) {
            std::memmove(data_, data_ + begin_, unread());
            end_ -= begin_;
            begin_ = 0;
        }
    }

    [[gnu::always_inline]] char* room() noexcept { return data_ + end_; }
    [[gnu::always_inline]] std::size_t room_size() const noexcept { return capacity_ - end_; }

    /// `n` bytes were read into `room()`, where `asked` would have fitted.
    void added(std::size_t n, std::size_t asked) noexcept {
        end_ += n;
        if (n == asked) {
            small_reads_ = 0;
            if (asked >= wanted_ - wanted_ / 4 && wanted_ < most) wanted_ *= 4;
        } else if (wanted_ > least && n < wanted_ / 16) {
            if (++small_reads_ == patience) {
                small_reads_ = 0;
                wanted_ = least;
            }
        } else {
            small_reads_ = 0;
        }
    }

    static constexpr std::size_t least = 16 << 10;
    static constexpr std::size_t most = 256 << 10;

private:
    static constexpr unsigned patience = 64;
    static constexpr std::size_t cheap_move = 512;  // cheaper to move than to walk on through the cache

    COHORT_COLD void resize(std::size_t size) {
        char* const fresh = static_cast<char*>(::operator new(size));
        const std::size_t n = unread();
        if (n > 0) std::memcpy(fresh, data_ + begin_, n);
        ::operator delete(data_);
        data_ = fresh;
        capacity_ = size;
        begin_ = 0;
        end_ = n;
    }

    char* data_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t wanted_ = least;
    unsigned small_reads_ = 0;
};

}  // namespace cohort::detail
