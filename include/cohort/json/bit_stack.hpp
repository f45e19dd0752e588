#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace cohort::json::detail {

/// A stack of bits, one per open container (true: object). The first 512 levels need no heap.
class bit_stack {
public:
    [[gnu::always_inline]] bool empty() const noexcept { return size_ == 0; }

    [[gnu::noinline]] void push(bool bit) {
        if (size_ >= inline_bits) {
            push_more(bit);
        } else {
            const std::uint64_t mask = std::uint64_t(1) << (size_ % 64);
            std::uint64_t& word = words_[size_ / 64];
            word = bit ? word | mask : word & ~mask;
        }
        ++size_;
    }

    void pop() noexcept {
        --size_;
        if (size_ >= inline_bits) {
            more_.pop_back();
        }
    }

    bool top() const noexcept {
        const std::size_t at = size_ - 1;
        return at >= inline_bits ? more_[at - inline_bits] == '1' : ((words_[at / 64] >> (at % 64)) & 1) != 0;
    }

private:
    static constexpr std::size_t inline_bits = 512;

    [[gnu::cold, gnu::noinline]] void push_more(bool bit) { more_.append(bit ? "1" : "0", 1); }

    std::size_t size_ = 0;
    std::uint64_t words_[inline_bits / 64] = {};
    std::string more_;
};

}  // namespace cohort::json::detail
