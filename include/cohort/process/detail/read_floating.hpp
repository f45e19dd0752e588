// read_floating: a floating point number of the command line, with every standard library.
#pragma once

#include <charconv>
#include <string_view>
#include <system_error>
#include <version>
#ifndef __cpp_lib_to_chars
#    include "../../json/decimal.hpp"

#    include <limits>
#    include <type_traits>
#endif

namespace cohort::detail {

#ifdef __cpp_lib_to_chars

template <class Float>
std::errc read_floating(std::string_view text, Float& value) noexcept {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc() && read.ptr != text.data() + text.size() ? std::errc::invalid_argument : read.ec;
}

#else

// libc++ before 20 reads integers only. The grammar is that of std::from_chars: digits with a point among, before or
// after them, an exponent, a minus and no plus in front, or an infinity or a NaN by name.

/// How many digits the text begins with; they are cut off.
inline std::size_t cut_digits(std::string_view& text) noexcept {
    std::size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
    text.remove_prefix(count);
    return count;
}

inline bool is_named(std::string_view text, std::string_view lower_case) noexcept {
    if (text.size() != lower_case.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
        if (c != lower_case[i]) return false;
    }
    return true;
}

template <class Float>
std::errc read_floating(std::string_view text, Float& value) noexcept {
    static_assert(!std::is_same_v<Float, long double>, "cohort: this standard library cannot read a long double");
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    if (negative) rest.remove_prefix(1);
    Float named = 0;
    if (is_named(rest, "inf") || is_named(rest, "infinity")) named = std::numeric_limits<Float>::infinity();
    if (is_named(rest, "nan")) named = std::numeric_limits<Float>::quiet_NaN();
    if (named != 0) {  // a NaN differs from everything
        value = negative ? -named : named;
        return std::errc();
    }
    std::size_t digits = cut_digits(rest);
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        digits += cut_digits(rest);
    }
    const std::size_t mantissa = text.size() - rest.size();
    if (digits == 0) return std::errc::invalid_argument;
    if (rest.starts_with('e') || rest.starts_with('E')) {
        rest.remove_prefix(1);
        if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
        if (cut_digits(rest) == 0) return std::errc::invalid_argument;
    }
    if (!rest.empty()) return std::errc::invalid_argument;
    const Float read = json::detail::exact_decimal<Float>(text.data(), text.data() + text.size());
    // Too small where nothing is left of digits that are not all zero.
    const bool zero = text.substr(0, mantissa).find_first_of("123456789") == std::string_view::npos;
    if (read - read != 0 || (read == 0 && !zero)) return std::errc::result_out_of_range;
    value = read;
    return std::errc();
}

#endif

}  // namespace cohort::detail
