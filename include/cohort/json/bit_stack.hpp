#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cohort::json::detail {

/// A stack of bits, one per open container (true: object). The first 1024 levels need no heap.
class bit_stack {
public:
    bool empty() const noexcept { return size_ == 0; }

    void push(bool bit) {
        const std::size_t word = size_ / 64;
        if (word >= inline_words && word - inline_words >= more_.size()) {
            more_.push_back(0);
        }
        std::uint64_t& cell = at(word);
        const std::uint64_t mask = std::uint64_t(1) << (size_ % 64);
        cell = bit ? cell | mask : cell & ~mask;
        ++size_;
    }

    void pop() noexcept { --size_; }

    bool top() noexcept { return ((at((size_ - 1) / 64) >> ((size_ - 1) % 64)) & 1) != 0; }

private:
    static constexpr std::size_t inline_words = 16;

    std::uint64_t& at(std::size_t word) noexcept { return word < inline_words ? words_[word] : more_[word - inline_words]; }

    std::size_t size_ = 0;
    std::uint64_t words_[inline_words];
    std::vector<std::uint64_t> more_;
};

}  // namespace cohort::json::detail
