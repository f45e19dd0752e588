// Elements that stand elsewhere, one after the other: std::span without its checks of iterators, which cost a compiler
// ten milliseconds for each type of element. For the library's inside; what users see takes std::span.
#pragma once

#include <cstddef>

namespace cohort::detail {

template <class T>
class view {
public:
    [[gnu::always_inline]] constexpr view() noexcept {}
    [[gnu::always_inline]] constexpr view(T* first, std::size_t count) noexcept : data_(first), size_(count) {}

    template <std::size_t N>
    [[gnu::always_inline]] constexpr view(T (&array)[N]) noexcept : data_(array), size_(N) {}

    /// Of anything that has its elements in a row: a list, a vector, a span.
    template <class Range>
        requires requires(const Range& range) { static_cast<T*>(range.data()); }
    [[gnu::always_inline]] constexpr view(const Range& range) noexcept : data_(range.data()), size_(range.size()) {}

    [[gnu::always_inline]] constexpr T* data() const noexcept { return data_; }
    [[gnu::always_inline]] constexpr std::size_t size() const noexcept { return size_; }
    [[gnu::always_inline]] constexpr bool empty() const noexcept { return size_ == 0; }
    [[gnu::always_inline]] constexpr T* begin() const noexcept { return data_; }
    [[gnu::always_inline]] constexpr T* end() const noexcept { return data_ + size_; }
    [[gnu::always_inline]] constexpr T& operator[](std::size_t i) const noexcept { return data_[i]; }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace cohort::detail
