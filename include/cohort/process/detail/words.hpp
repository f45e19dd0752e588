// An argument of a program from a value of the caller's.
#pragma once

#include "../../detail/decimal.hpp"

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

namespace cohort::detail {

template <class T>
std::string to_word(const T& value) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return std::string(static_cast<std::string_view>(value));
    } else if constexpr (std::is_same_v<T, char>) {
        return std::string(1, value);
    } else if constexpr (std::is_arithmetic_v<T>) {
        static_assert(!std::is_same_v<T, bool>, "cohort: write a bool as the word that the program expects");
        if constexpr (std::is_integral_v<T>) {
            return std::string(decimal(value).c_str());
        } else {
            char digits[64];
            const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
            return std::string(digits, end);
        }
    } else {
        static_assert(std::is_convertible_v<const T&, std::string>,
                      "cohort: an argument is a string or a number, or converts to a string");
        return static_cast<std::string>(value);
    }
}

}  // namespace cohort::detail
