// args: the arguments of this program.
#pragma once

#include "../async/detail/text.hpp"
#include "../async/error.hpp"
#include "detail/read_floating.hpp"

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace cohort {

/// What the program was given, without its own name. A view of main's `argv`, to be copied freely; on Windows
/// `run` gives the arguments in UTF-8.
class args {
public:
    [[gnu::always_inline]] args() noexcept {}
    [[gnu::always_inline]] args(int argc, char** argv) noexcept : values_(argv), count_(argc > 0 ? argc : 0) {}

    /// How many arguments there are.
    std::size_t size() const noexcept { return count_ > 1 ? static_cast<std::size_t>(count_ - 1) : 0; }
    bool empty() const noexcept { return size() == 0; }

    /// The argument `i`, counted from 0. Errors: EINVAL if there are not so many.
    std::string_view operator[](std::size_t i) const {
        if (i >= size()) throw error(EINVAL, detail::joined("argument ", detail::decimal(i + 1)));
        return values_[i + 1];
    }

    /// The argument `i` as a number. Errors: EINVAL if it is missing or is not one, ERANGE if it is too large.
    template <class Number = int>
    Number number(std::size_t i) const {
        static_assert(std::is_arithmetic_v<Number>);
        const std::string_view text = (*this)[i];
        Number value{};
        std::errc code;
        if constexpr (std::is_floating_point_v<Number>) {
            code = detail::read_floating(text, value);
        } else {
            const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
            code = read.ec == std::errc() && read.ptr != text.data() + text.size() ? std::errc::invalid_argument : read.ec;
        }
        if (code == std::errc::result_out_of_range) throw error(ERANGE, "argument", text);
        if (code != std::errc()) throw error(EINVAL, "argument", text);
        return value;
    }

    /// The same, or `other` if there are not so many arguments.
    template <class Number>
    Number number(std::size_t i, Number other) const {
        return i < size() ? number<Number>(i) : other;
    }

    /// The name by which the program was started.
    std::string_view program() const noexcept { return count_ > 0 ? std::string_view(values_[0]) : std::string_view(); }

    /// For range-for: the arguments as zero-terminated strings.
    char* const* begin() const noexcept { return count_ > 0 ? values_ + 1 : values_; }
    char* const* end() const noexcept { return count_ > 0 ? values_ + count_ : values_; }

private:
    char** values_ = nullptr;
    int count_ = 0;
};

}  // namespace cohort
