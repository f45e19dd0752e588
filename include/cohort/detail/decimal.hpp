// Whole numbers as decimal digits, both ways: one small function each, where <charconv> instantiates about ten for each
// type of number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace cohort::detail {

/// A whole number as decimal digits: `joined("fd ", decimal(fd))`. The text lives as long as the object.
class decimal {
public:
    template <class Number>
    [[gnu::always_inline]] explicit decimal(Number value) noexcept {
        const unsigned long long bits = static_cast<unsigned long long>(value);
        if constexpr (std::is_signed_v<Number>) write(value < 0 ? 0 - bits : bits, value < 0);
        else write(bits, false);
    }
    decimal(const decimal&) = delete;
    decimal& operator=(const decimal&) = delete;

    [[gnu::always_inline]] operator std::string_view() const noexcept { return std::string_view(begin_, size()); }

    /// The digits end with a zero byte.
    [[gnu::always_inline]] const char* c_str() const noexcept { return begin_; }
    [[gnu::always_inline]] std::size_t size() const noexcept {
        return static_cast<std::size_t>(digits_ + sizeof digits_ - 1 - begin_);
    }

private:
    [[gnu::cold, gnu::noinline]] void write(unsigned long long rest, bool negative) noexcept {
        *begin_ = '\0';
        do {
            *--begin_ = static_cast<char>('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
        if (negative) *--begin_ = '-';
    }

    char digits_[22];  // 20 digits, or 19 and the sign, and the zero
    char* begin_ = digits_ + sizeof digits_ - 1;
};

/// Reads the digits that `text` begins with into `value`. Gives how many there are; 0 if there are none, or if their
/// number does not fit.
[[gnu::cold, gnu::noinline]] inline std::size_t read_decimal(std::string_view text, std::uint32_t& value) noexcept {
    const char* const first = text.data();
    const char* const last = first + text.size();
    const char* p = first;
    std::uint64_t number = 0;
    for (; p != last && *p >= '0' && *p <= '9'; ++p) {
        number = 10 * number + static_cast<std::uint64_t>(*p - '0');
        if (number > UINT32_MAX) return 0;
    }
    if (p != first) value = static_cast<std::uint32_t>(number);
    return static_cast<std::size_t>(p - first);
}

}  // namespace cohort::detail
