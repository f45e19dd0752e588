#pragma once

#include <cohort/json/decimal.hpp>

#include <cfloat>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <system_error>
#include <version>

// Numbers between text and binary: integers by hand, floating point by the standard library where it can, exactly in
// any case.

namespace cohort::json::detail {

/// A number token taken apart, not yet converted.
struct numeral {
    const char* first;
    const char* last;
    std::uint64_t digits;  ///< all digits as one integer, valid if `exact`
    int exponent;          ///< value = digits * 10^exponent, valid if `exact`
    bool negative;
    bool integer;  ///< neither fraction nor exponent
    bool exact;    ///< the digits fit
};

inline bool is_digit(char c) noexcept { return static_cast<unsigned char>(c - '0') < 10; }

/// Takes apart the fraction and exponent of a number whose integer digits end at `p`. False when malformed, with
/// `n.last` at the fault.
inline bool scan_fraction(const char* p, const char* end, numeral& n, const char* digits_begin) noexcept {
    std::uint64_t digits = n.digits;
    std::ptrdiff_t count = p - digits_begin;
    n.integer = false;
    if (*p == '.') {
        const char* start = ++p;
        for (; p != end && is_digit(*p); ++p) {
            digits = digits * 10 + static_cast<std::uint64_t>(*p - '0');
        }
        n.last = p;
        if (p == start) {
            return false;
        }
        count += p - start;
        n.exponent = p - start < 1000 ? -static_cast<int>(p - start) : -1000;
    }
    if (count > 19) {
        for (const char* z = digits_begin; z != p && (*z == '0' || *z == '.'); ++z) {
            count -= *z == '0' ? 1 : 0;
        }
    }
    n.exact = count <= 19 && n.exponent > -1000;
    if (p != end && (*p == 'e' || *p == 'E')) {
        ++p;
        const bool down = p != end && *p == '-';
        p += p != end && (*p == '-' || *p == '+') ? 1 : 0;
        const char* start = p;
        int written = 0;
        for (; p != end && is_digit(*p); ++p) {
            if (written > 100000) {
                n.exact = false;
            } else {
                written = written * 10 + (*p - '0');
            }
        }
        n.last = p;
        if (p == start) {
            return false;
        }
        n.exponent += down ? -written : written;
    }
    n.digits = digits;
    n.last = p;
    return true;
}

/// Takes apart the number at `p`. False when malformed, with `n.last` at the fault.
inline bool scan_numeral(const char* p, const char* end, numeral& n) noexcept {
    n.first = p;
    n.negative = *p == '-';
    p += n.negative ? 1 : 0;
    const char* start = p;
    std::uint64_t digits = 0;
    for (; p != end && is_digit(*p); ++p) {
        digits = digits * 10 + static_cast<std::uint64_t>(*p - '0');
    }
    const std::ptrdiff_t count = p - start;
    n.last = p;
    if (count == 0) {
        return false;
    }
    if (*start == '0' && count > 1) {
        n.last = start + 1;
        return false;
    }
    n.digits = digits;
    n.exponent = 0;
    n.integer = true;
    // 20 digits fit when they begin with 1 and did not wrap: 2^64 is about 1.8e19.
    n.exact = count <= 19 || (count == 20 && *start == '1' && digits >= 10000000000000000000u);
    if (p != end && (*p == '.' || *p == 'e' || *p == 'E')) {
        return scan_fraction(p, end, n, start);
    }
    return true;
}

/// The exponent e of a number, whose size is below 10^e and at least 10^(e - 1). [p, end) must be a well-formed number.
inline std::int64_t decimal_magnitude(const char* p, const char* end) noexcept {
    std::int64_t magnitude = 0;
    bool fraction = false;
    bool significant = false;
    p += *p == '-' ? 1 : 0;
    for (; p != end && *p != 'e' && *p != 'E'; ++p) {
        if (*p == '.') {
            fraction = true;
        } else {
            significant = significant || *p != '0';
            magnitude += significant && !fraction ? 1 : !significant && fraction ? -1 : 0;
        }
    }
    return magnitude + written_exponent(p, end);
}

/// The text's value, correctly rounded. Infinite when too large.
template <class Float> Float convert_slowly(const char* first, const char* last) noexcept {
#ifdef __cpp_lib_to_chars
    Float result = 0;
    if (std::from_chars(first, last, result).ec != std::errc()) {  // which does not tell too large from too small
        result = decimal_magnitude(first, last) > 0 ? std::numeric_limits<Float>::infinity() : Float(0);
        result = *first == '-' ? -result : result;
    }
    return result;
#else
    return exact_decimal<Float>(first, last);
#endif
}

/// The numeral's value, correctly rounded. Infinite when too large.
template <class Float> Float to_floating(const numeral& n) noexcept {
    // Both operands exact and one operation: the result is correctly rounded (Clinger 1990), if the processor does not
    // keep more precision than the type has.
    constexpr int powers = sizeof(Float) == 8 ? 22 : 10;
    static constexpr Float ten[] = {Float(1e0),  Float(1e1),  Float(1e2),  Float(1e3),  Float(1e4),  Float(1e5),
                                    Float(1e6),  Float(1e7),  Float(1e8),  Float(1e9),  Float(1e10), Float(1e11),
                                    Float(1e12), Float(1e13), Float(1e14), Float(1e15), Float(1e16), Float(1e17),
                                    Float(1e18), Float(1e19), Float(1e20), Float(1e21), Float(1e22)};
    constexpr std::uint64_t whole = std::uint64_t(1) << format_of<Float>::precision;
    if (FLT_EVAL_METHOD == 0 && n.exact && n.digits <= whole && n.exponent >= -powers && n.exponent <= powers) {
        const Float digits = static_cast<Float>(n.digits);
        const Float size = n.exponent < 0 ? digits / ten[-n.exponent] : digits * ten[n.exponent];
        return n.negative ? -size : size;
    }
    return convert_slowly<Float>(n.first, n.last);
}

/// The digits of a number as one integer, with its exponent applied. False if that leaves a fraction or is beyond 64
/// bits.
[[gnu::cold, gnu::noinline]] inline bool whole_digits(const numeral& n, std::uint64_t& size) noexcept {
    const char* p = n.first + (n.negative ? 1 : 0);
    const char* last = p;
    for (; last != n.last && *last != 'e' && *last != 'E'; ++last) {
    }
    std::int64_t places = written_exponent(last, n.last);  // how many digits stand before the point
    for (const char* q = p; q != last && *q != '.'; ++q) {
        ++places;
    }
    size = 0;
    for (; p != last; ++p) {
        if (*p == '.') {
            continue;
        }
        const std::uint64_t digit = static_cast<std::uint64_t>(*p - '0');
        if (places <= 0) {
            if (digit != 0) {
                return false;
            }
            continue;
        }
        if (size > (UINT64_MAX - digit) / 10) {
            return false;
        }
        size = size * 10 + digit;
        --places;
    }
    for (; places > 0 && size != 0; --places) {  // the zeros that the exponent stands for
        if (size > UINT64_MAX / 10) {
            return false;
        }
        size *= 10;
    }
    return true;
}

/// True if the numeral is an integer, in any notation (`1e3`, `2.0`), that a type holds whose largest value is
/// `largest`; negative zero counts as zero. Gives its bits in two's complement.
inline bool to_integer(const numeral& n, std::uint64_t largest, bool is_signed, std::uint64_t& bits) noexcept {
    std::uint64_t size = n.digits;
    if ((!n.integer || !n.exact) && !whole_digits(n, size)) [[unlikely]] {
        return false;
    }
    bits = n.negative ? 0 - size : size;
    return size <= (!n.negative ? largest : is_signed ? largest + 1 : 0);
}

template <class Integer> bool to_integer(const numeral& n, Integer& out) noexcept {
    std::uint64_t bits = 0;
    const bool fits = to_integer(n, std::numeric_limits<Integer>::max(), std::numeric_limits<Integer>::is_signed, bits);
    out = static_cast<Integer>(bits);
    return fits;
}

/// Writes the number at p, which must have room for 20 characters; returns the end.
inline char* print_natural(char* p, std::uint64_t n) noexcept {
    static constexpr char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                                    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                                    "8081828384858687888990919293949596979899";
    char digits[40] = {};
    char* const end = digits + 20;
    char* first = end;
    while (n >= 100) {
        first -= 2;
        std::memcpy(first, pairs + 2 * (n % 100), 2);
        n /= 100;
    }
    if (n >= 10) {
        first -= 2;
        std::memcpy(first, pairs + 2 * n, 2);
    } else {
        *--first = static_cast<char>('0' + n);
    }
    std::memcpy(p, first, 20);  // more than there is: a copy of a fixed size is no call
    return p + (end - first);
}

/// Writes a finite number at p, which must have room for 32 characters, in the fewest digits that read back as the same
/// value; always with a fraction or an exponent, so that it stays a floating point number for the reader. Returns the
/// end.
template <class Float> char* print_floating(char* p, Float number) noexcept {
    // A number of at most 15 significant digits is recognised by trying: two such decimals never share a double, so
    // when m / 10^k gives the number back, m with k decimals is its shortest form. The rest is left to the library.
    constexpr double limit = sizeof(Float) == 8 ? 1e15 : 1e6;
    constexpr int most = sizeof(Float) == 8 ? 4 : 2;
    const Float size = number < 0 ? -number : number;
    if (FLT_EVAL_METHOD == 0 && size < Float(limit) / 10000 && number != 0) {
        Float power = 1;
        for (int decimals = 0; decimals <= most; ++decimals, power *= 10) {
            const std::uint64_t m = static_cast<std::uint64_t>(size * power + Float(0.5));
            if (static_cast<Float>(m) / power != size) {
                continue;
            }
            if (number < 0) {
                *p++ = '-';
            }
            const std::uint64_t unit = static_cast<std::uint64_t>(power);
            p = print_natural(p, m / unit);
            *p++ = '.';
            if (decimals == 0) {
                *p++ = '0';
            }
            std::uint64_t rest = m % unit;
            for (int i = decimals; i-- > 0; rest /= 10) {
                p[i] = static_cast<char>('0' + rest % 10);
            }
            return p + decimals;
        }
    }
    char* end = std::to_chars(p, p + 32, number).ptr;
    const std::size_t length = static_cast<std::size_t>(end - p);
    if (std::memchr(p, '.', length) == nullptr && std::memchr(p, 'e', length) == nullptr) {
        *end++ = '.';
        *end++ = '0';
    }
    return end;
}

}  // namespace cohort::json::detail
