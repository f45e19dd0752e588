// Where captured output goes: read straight into its final place, bounded by the command's limit.
#pragma once

#include "../../detail/exchanged.hpp"
#include "../../detail/view.hpp"
#include "../capture_policy.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

namespace cohort::detail {

/// Bytes that grow by realloc, so that nothing is set to zero before it is read into and large ones move by remapping.
class capture_buffer {
public:
    [[gnu::always_inline]] capture_buffer() noexcept {}
    capture_buffer(capture_buffer&& other) noexcept
        : data_(exchanged(other.data_, nullptr)), size_(exchanged(other.size_, 0)),
          capacity_(exchanged(other.capacity_, 0)), total_(other.total_) {}
    capture_buffer& operator=(capture_buffer&& other) noexcept {
        if (this != &other) {
            std::free(data_);
            data_ = exchanged(other.data_, nullptr);
            size_ = exchanged(other.size_, 0);
            capacity_ = exchanged(other.capacity_, 0);
            total_ = other.total_;
        }
        return *this;
    }
    [[gnu::always_inline]] ~capture_buffer() { std::free(data_); }

    /// Where the next bytes may go; never empty. At the limit `keep_head` gives room for bytes that are dropped,
    /// `keep_tail` moves the last bytes to the front, and `fail` gives one byte, which shows whether there is more.
    view<std::byte> room(std::size_t limit, capture_policy policy) {
        const bool tail = policy == capture_policy::keep_tail;
        // For the tail a block of twice the limit is moved down only when it is full: each byte moves once at most.
        std::size_t most = limit + 1;
        if (tail) most = limit > at_least ? 2 * limit : limit + at_least;
        else if (policy == capture_policy::keep_head) most = limit + at_least;
        if (limit > most) most = limit;  // it was close to the largest number
        if (size_ == capacity_ && capacity_ < most) grow(most);
        if (size_ == capacity_) {
            if (tail) keep_last(limit);
            else size_ = limit;
        }
        return view<std::byte>(data_ + size_, capacity_ - size_);
    }

    void filled(std::size_t count) noexcept {
        size_ += count;
        total_ += count;
    }

    /// Cuts what is beyond the limit.
    void finish(std::size_t limit, capture_policy policy) noexcept {
        if (size_ <= limit) return;
        if (policy == capture_policy::keep_tail) keep_last(limit);
        else size_ = limit;
    }

    /// How many bytes there were in all.
    [[gnu::always_inline]] std::size_t total() const noexcept { return total_; }

    std::string_view text() const noexcept {
        return std::string_view(reinterpret_cast<const char*>(data_), size_);
    }

private:
    static constexpr std::size_t at_least = 16384;

    void grow(std::size_t most) {
        std::size_t wanted = capacity_ == 0 ? at_least : 2 * capacity_;
        if (wanted > most) wanted = most;
        void* grown = std::realloc(data_, wanted);
        if (!grown) throw std::bad_alloc();
        data_ = static_cast<std::byte*>(grown);
        capacity_ = wanted;
    }

    void keep_last(std::size_t limit) noexcept {
        if (size_ <= limit) return;
        std::memmove(data_, data_ + (size_ - limit), limit);
        size_ = limit;
    }

    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::size_t total_ = 0;
};

}  // namespace cohort::detail
