#pragma once

#include <cstddef>
#include <cstring>
#include <new>

namespace cohort::json::detail {

/// The stack of the algorithms over trees: what is still to be done instead of a recursion. One plain class for all of
/// them, which spares each program the compilation of several vectors. The first 32 entries need no heap.
class work_list {
public:
    struct entry {
        const void* first;
        const void* second;
        std::size_t number;
        std::size_t length;
    };

    [[gnu::always_inline]] work_list() noexcept : entries_(inline_entries_), size_(0), capacity_(inline_count) {}
    work_list(const work_list&) = delete;
    work_list& operator=(const work_list&) = delete;
    ~work_list() {
        if (entries_ != inline_entries_) {
            ::operator delete(entries_);
        }
    }

    [[gnu::always_inline]] bool empty() const noexcept { return size_ == 0; }
    [[gnu::always_inline]] entry& back() noexcept { return entries_[size_ - 1]; }
    [[gnu::always_inline]] void pop_back() noexcept { --size_; }

    void push_back(const void* first, const void* second = nullptr, std::size_t number = 0, std::size_t length = 0) {
        if (size_ == capacity_) {
            grow();
        }
        entries_[size_].first = first;
        entries_[size_].second = second;
        entries_[size_].number = number;
        entries_[size_].length = length;
        ++size_;
    }

    entry take_back() noexcept {
        --size_;
        return entries_[size_];
    }

private:
    static constexpr std::size_t inline_count = 32;

    void grow() {
        entry* larger = static_cast<entry*>(::operator new(capacity_ * 2 * sizeof(entry)));
        std::memcpy(larger, entries_, size_ * sizeof(entry));
        if (entries_ != inline_entries_) {
            ::operator delete(entries_);
        }
        entries_ = larger;
        capacity_ *= 2;
    }

    entry* entries_;
    std::size_t size_;
    std::size_t capacity_;
    entry inline_entries_[inline_count];
};

}  // namespace cohort::json::detail
