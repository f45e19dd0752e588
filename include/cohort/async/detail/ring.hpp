// A first-in first-out buffer in one block of memory that grows by doubling and never shrinks.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace cohort::detail {

template <class T>
class ring {
    static_assert(std::is_nothrow_move_constructible_v<T>, "values must move without throwing, or one could get lost");

public:
    ring() noexcept {}
    ring(const ring&) = delete;
    ring& operator=(const ring&) = delete;
    ~ring() {
        while (size_ > 0) drop_front();
        free_block(slots_);
    }

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    T& front() noexcept { return *at(0); }

    /// Makes room for one more; after it `push_back` does not throw.
    void reserve_one() {
        if (size_ < room_) return;
        const std::size_t room = room_ == 0 ? 8 : room_ * 2;
        T* slots = static_cast<T*>(::operator new(room * sizeof(T), std::align_val_t(alignof(T))));
        for (std::size_t i = 0; i < size_; ++i) {
            ::new (static_cast<void*>(slots + i)) T(std::move(*at(i)));
            at(i)->~T();
        }
        free_block(slots_);
        slots_ = slots;
        room_ = room;
        first_ = 0;
    }

    /// There must be room.
    void push_back(T&& value) noexcept {
        ::new (static_cast<void*>(at(size_))) T(std::move(value));
        ++size_;
    }

    void drop_front() noexcept {
        at(0)->~T();
        first_ = (first_ + 1) & (room_ - 1);
        --size_;
    }

private:
    T* at(std::size_t i) noexcept { return slots_ + ((first_ + i) & (room_ - 1)); }  // room_ is a power of two

    static void free_block(T* slots) noexcept {
        if (slots) ::operator delete(static_cast<void*>(slots), std::align_val_t(alignof(T)));
    }

    T* slots_ = nullptr;
    std::size_t room_ = 0;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace cohort::detail
