// Putting texts together, for messages and what else is not hot: one small function each for the whole library, where
// `a + b + std::to_string(c)` is compiled anew, with all that std::string has, wherever it stands.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace cohort::detail {

/// The pieces in one string.
[[gnu::cold, gnu::noinline]] inline std::string joined(std::string_view a, std::string_view b,
                                                       std::string_view c = std::string_view(),
                                                       std::string_view d = std::string_view(),
                                                       std::string_view e = std::string_view()) {
    const std::string_view* const pieces[] = {&a, &b, &c, &d, &e};
    std::string text;
    text.reserve(a.size() + b.size() + c.size() + d.size() + e.size());
    for (const std::string_view* piece : pieces) text.append(piece->data(), piece->size());
    return text;
}

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

    operator std::string_view() const noexcept {
        return std::string_view(begin_, static_cast<std::size_t>(digits_ + sizeof digits_ - begin_));
    }

private:
    [[gnu::cold, gnu::noinline]] void write(unsigned long long rest, bool negative) noexcept {
        do {
            *--begin_ = static_cast<char>('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
        if (negative) *--begin_ = '-';
    }

    char digits_[21];  // 20 digits or 19 and the sign
    char* begin_ = digits_ + sizeof digits_;
};

}  // namespace cohort::detail
