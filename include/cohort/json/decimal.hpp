#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// Exact decimal to binary conversion by big-integer division, for standard libraries without std::from_chars of
// floating point types (libc++ before 20). Slow and simple: the quick cases have been dealt with before (number.hpp).

namespace cohort::json::detail {

/// A non-negative integer of at most 5120 bits.
class big_integer {
public:
    void multiply_add(std::uint32_t factor, std::uint32_t addend) noexcept {
        std::uint64_t carry = addend;
        for (std::size_t i = 0; i < size_; ++i) {
            carry += static_cast<std::uint64_t>(limbs_[i]) * factor;
            limbs_[i] = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
        if (carry != 0) {
            limbs_[size_++] = static_cast<std::uint32_t>(carry);
        }
    }

    void multiply_power_of_ten(std::size_t exponent) noexcept {
        for (; exponent >= 9; exponent -= 9) {
            multiply_add(1000000000u, 0);
        }
        for (; exponent > 0; --exponent) {
            multiply_add(10, 0);
        }
    }

    void shift_left(std::size_t bits) noexcept {
        if (size_ == 0) {
            return;
        }
        const std::size_t whole = bits / 32;
        const unsigned part = static_cast<unsigned>(bits % 32);
        limbs_[size_] = 0;
        for (std::size_t i = size_ + 1; i-- > 0;) {
            const std::uint64_t low = i > 0 ? limbs_[i - 1] : 0;
            const std::uint64_t pair = (static_cast<std::uint64_t>(limbs_[i]) << 32) | low;
            limbs_[i + whole] = static_cast<std::uint32_t>((pair << part) >> 32);
        }
        for (std::size_t i = 0; i < whole; ++i) {
            limbs_[i] = 0;
        }
        size_ += whole + 1;
        trim();
    }

    /// Subtracts `other`, which must not be larger.
    void subtract(const big_integer& other) noexcept {
        std::uint64_t borrow = 0;
        for (std::size_t i = 0; i < size_; ++i) {
            const std::uint64_t take = borrow + (i < other.size_ ? other.limbs_[i] : 0);
            borrow = limbs_[i] < take ? 1 : 0;
            limbs_[i] = static_cast<std::uint32_t>(limbs_[i] - take);
        }
        trim();
    }

    bool less_than(const big_integer& other) const noexcept {
        if (size_ != other.size_) {
            return size_ < other.size_;
        }
        for (std::size_t i = size_; i-- > 0;) {
            if (limbs_[i] != other.limbs_[i]) {
                return limbs_[i] < other.limbs_[i];
            }
        }
        return false;
    }

    bool zero() const noexcept { return size_ == 0; }

    std::size_t bit_length() const noexcept {
        return size_ == 0 ? 0 : 32 * size_ - static_cast<std::size_t>(std::countl_zero(limbs_[size_ - 1]));
    }

private:
    void trim() noexcept {
        while (size_ > 0 && limbs_[size_ - 1] == 0) {
            --size_;
        }
    }

    std::size_t size_ = 0;
    std::uint32_t limbs_[160];
};

/// The bits of an IEEE format.
template <class Float> struct format_of {
    static_assert(std::is_same_v<Float, double> || std::is_same_v<Float, float>);
    using bits = std::conditional_t<sizeof(Float) == 8, std::uint64_t, std::uint32_t>;
    static constexpr int precision = sizeof(Float) == 8 ? 53 : 24;
    static constexpr int lowest = sizeof(Float) == 8 ? -1074 : -149;  // exponent of the last bit of a subnormal
    static constexpr int all_ones = sizeof(Float) == 8 ? 2047 : 255;
};

/// numerator / denominator rounded to nearest, ties to even; both are consumed.
template <class Float> Float round_quotient(big_integer& numerator, big_integer& denominator) noexcept {
    using format = format_of<Float>;
    int scale = static_cast<int>(numerator.bit_length()) - static_cast<int>(denominator.bit_length());
    if (scale < 0) {
        numerator.shift_left(static_cast<std::size_t>(-scale));
    } else {
        denominator.shift_left(static_cast<std::size_t>(scale));
    }
    if (numerator.less_than(denominator)) {
        numerator.shift_left(1);
        --scale;
    }
    // Now the quotient is in [1, 2) * 2^scale. Its first 64 bits, by long division:
    std::uint64_t quotient = 0;
    for (int i = 0; i < 64; ++i) {
        quotient <<= 1;
        if (!numerator.less_than(denominator)) {
            numerator.subtract(denominator);
            quotient |= 1;
        }
        numerator.shift_left(1);
    }
    bool sticky = !numerator.zero();
    int drop = 64 - format::precision;
    int exponent = scale - 63 + drop;
    if (exponent < format::lowest) {
        drop += format::lowest - exponent;
        exponent = format::lowest;
    }
    if (drop > 64) {
        return Float(0);
    }
    const std::uint64_t half = std::uint64_t(1) << (drop - 1);
    std::uint64_t mantissa = drop == 64 ? 0 : quotient >> drop;
    sticky = sticky || (quotient & (half - 1)) != 0;
    if ((quotient & half) != 0 && (sticky || (mantissa & 1) != 0)) {
        ++mantissa;
    }
    constexpr std::uint64_t hidden = std::uint64_t(1) << (format::precision - 1);
    if (mantissa == 2 * hidden) {
        mantissa = hidden;
        ++exponent;
    }
    using bits = typename format::bits;
    if (mantissa < hidden) {
        return std::bit_cast<Float>(static_cast<bits>(mantissa));
    }
    const int field = exponent - format::lowest + 1;
    if (field >= format::all_ones) {
        return std::bit_cast<Float>(static_cast<bits>(static_cast<bits>(format::all_ones) << (format::precision - 1)));
    }
    return std::bit_cast<Float>(static_cast<bits>((static_cast<bits>(field) << (format::precision - 1)) |
                                                  static_cast<bits>(mantissa - hidden)));
}

/// The exponent that is written at p, which is at the `e` or at the end of a number; far exponents are cut to 10^15.
inline std::int64_t written_exponent(const char* p, const char* end) noexcept {
    if (p == end) {
        return 0;
    }
    ++p;
    const bool down = *p == '-';
    p += *p == '-' || *p == '+' ? 1 : 0;
    std::int64_t exponent = 0;
    for (; p != end; ++p) {
        exponent = exponent < 100000000000000 ? exponent * 10 + (*p - '0') : exponent;
    }
    return down ? -exponent : exponent;
}

/// The value of a JSON number, correctly rounded; an infinity where it is too large. [p, end) must be well formed.
template <class Float> Float exact_decimal(const char* p, const char* end) noexcept {
    constexpr std::size_t kept = 800;  // no midpoint of two doubles has more than 767 digits
    const bool negative = *p == '-';
    p += negative ? 1 : 0;
    big_integer digits;
    std::size_t count = 0;
    std::int64_t exponent = 0;
    bool fraction = false;
    bool more = false;
    for (; p != end && *p != 'e' && *p != 'E'; ++p) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        const std::uint32_t digit = static_cast<std::uint32_t>(*p - '0');
        exponent -= fraction ? 1 : 0;
        if (count == kept) {
            more = more || digit != 0;
            ++exponent;
        } else if (count > 0 || digit != 0) {
            digits.multiply_add(10, digit);
            ++count;
        }
    }
    if (more) {
        digits.multiply_add(10, 1);  // what was cut off only matters by not being zero
        --exponent;
        ++count;
    }
    exponent += written_exponent(p, end);
    const std::int64_t magnitude = exponent + static_cast<std::int64_t>(count);  // value < 10^magnitude
    Float result = 0;
    if (digits.zero() || magnitude < -330) {
        result = 0;
    } else if (magnitude > 310) {
        using bits = typename format_of<Float>::bits;
        result = std::bit_cast<Float>(
            static_cast<bits>(static_cast<bits>(format_of<Float>::all_ones) << (format_of<Float>::precision - 1)));
    } else {
        big_integer scale;
        scale.multiply_add(0, 1);
        (exponent < 0 ? scale : digits)
            .multiply_power_of_ten(static_cast<std::size_t>(exponent < 0 ? -exponent : exponent));
        result = round_quotient<Float>(digits, scale);
    }
    return negative ? -result : result;
}

}  // namespace cohort::json::detail
