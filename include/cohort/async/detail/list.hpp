// A growing array for the library's own use.
//
// What std::vector does is built of some seventy functions for each element type, which an unoptimised build compiles
// and keeps one by one; this is built of about ten, the smallest of which are always inlined. Growing moves the
// elements, which must not throw.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace cohort::detail {

/// A block of at least `wanted` elements of `each` bytes in the place of `old`, with the same bytes in it; `room`
/// becomes its capacity. Throws `std::bad_alloc` and leaves all as it is.
[[gnu::cold, gnu::noinline]] inline void* grow_block(void* old, std::size_t& room, std::size_t wanted,
                                                     std::size_t each) {
    std::size_t larger = room < 4 ? 4 : 2 * room;
    if (larger < wanted) larger = wanted;
    if (larger > static_cast<std::size_t>(-1) / 2 / each) throw std::bad_alloc();
    void* const made = std::realloc(old, larger * each);
    if (!made) throw std::bad_alloc();
    room = larger;
    return made;
}

template <class T>
class list {
    static_assert(alignof(T) <= alignof(std::max_align_t), "the blocks come from malloc");
    // Not std::is_trivially_copyable: that instantiates ten more templates for each type.
    static constexpr bool plain = __is_trivially_copyable(T);

public:
    [[gnu::always_inline]] list() noexcept {}
    [[gnu::cold]] list(const list& other) : list() {
        reserve(other.size_);
        for (const T& one : other) push_back(one);
    }
    [[gnu::always_inline]] list(list&& other) noexcept : data_(other.data_), size_(other.size_), room_(other.room_) {
        other.data_ = nullptr;
        other.size_ = other.room_ = 0;
    }
    list& operator=(list other) noexcept {
        T* const data = data_;
        const std::size_t size = size_;
        const std::size_t room = room_;
        data_ = other.data_;
        size_ = other.size_;
        room_ = other.room_;
        other.data_ = data;
        other.size_ = size;
        other.room_ = room;
        return *this;
    }
    ~list() {
        clear();
        std::free(data_);
    }

    [[gnu::always_inline]] std::size_t size() const noexcept { return size_; }
    [[gnu::always_inline]] std::size_t capacity() const noexcept { return room_; }
    [[gnu::always_inline]] bool empty() const noexcept { return size_ == 0; }
    [[gnu::always_inline]] T* data() noexcept { return data_; }
    [[gnu::always_inline]] const T* data() const noexcept { return data_; }
    [[gnu::always_inline]] T* begin() noexcept { return data_; }
    [[gnu::always_inline]] const T* begin() const noexcept { return data_; }
    [[gnu::always_inline]] T* end() noexcept { return data_ + size_; }
    [[gnu::always_inline]] const T* end() const noexcept { return data_ + size_; }
    [[gnu::always_inline]] T& operator[](std::size_t i) noexcept { return data_[i]; }
    [[gnu::always_inline]] const T& operator[](std::size_t i) const noexcept { return data_[i]; }
    [[gnu::always_inline]] T& front() noexcept { return data_[0]; }
    [[gnu::always_inline]] const T& front() const noexcept { return data_[0]; }
    [[gnu::always_inline]] T& back() noexcept { return data_[size_ - 1]; }
    [[gnu::always_inline]] const T& back() const noexcept { return data_[size_ - 1]; }

    /// Makes room for `count` elements in all.
    void reserve(std::size_t count) {
        if (count > room_) grow(count);
    }

    /// The new element is made before anything moves, so it may be a copy of one that is here.
    void push_back(T value) {
        if (size_ == room_) grow(size_ + 1);
        ::new (static_cast<void*>(data_ + size_)) T(static_cast<T&&>(value));
        ++size_;
    }

    /// The same where `reserve` has made room.
    [[gnu::always_inline]] void put_back(T value) noexcept {
        ::new (static_cast<void*>(data_ + size_++)) T(static_cast<T&&>(value));
    }

    [[gnu::always_inline]] void pop_back() noexcept { data_[--size_].~T(); }

    void clear() noexcept {
        if constexpr (!plain) {
            while (size_ > 0) pop_back();
        }
        size_ = 0;
    }

    /// Takes out the first `count` elements.
    void drop_front(std::size_t count) noexcept {
        for (std::size_t i = count; i < size_; ++i) data_[i - count] = static_cast<T&&>(data_[i]);
        for (std::size_t i = size_ - count; i < size_; ++i) data_[i].~T();
        size_ -= count;
    }

private:
    [[gnu::cold, gnu::noinline]] void grow(std::size_t wanted) {
        if constexpr (plain) {
            data_ = static_cast<T*>(grow_block(data_, room_, wanted, sizeof(T)));
        } else {
            T* const made = static_cast<T*>(grow_block(nullptr, room_, wanted, sizeof(T)));
            for (std::size_t i = 0; i < size_; ++i) {
                ::new (static_cast<void*>(made + i)) T(static_cast<T&&>(data_[i]));
                data_[i].~T();
            }
            std::free(data_);
            data_ = made;
        }
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t room_ = 0;
};

}  // namespace cohort::detail
