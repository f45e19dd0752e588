#pragma once

#include <cohort/detail/decimal.hpp>

#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace cohort::json {

/// Why a JSON text or a mapping was refused.
enum class errc {
    unexpected_end = 1,
    expected_value,
    bad_literal,
    bad_number,
    number_out_of_range,
    control_character,
    bad_escape,
    lone_surrogate,
    bad_utf8,
    byte_order_mark,
    expected_member_name,
    expected_colon,
    expected_comma_in_array,
    expected_comma_in_object,
    trailing_text,
    too_deep,
    too_large,
    duplicate_member,
    wrong_kind,
    wrong_length,
    missing_member,
    unknown_member,
    unknown_enumerator,
    unknown_alternative,
    not_finite,
    no_such_member,
    no_such_element,
    refused,
};

/// The error category of `errc`; its name is "json".
class error_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "json"; }

    std::string message(int code) const override { return text(static_cast<errc>(code)); }

    /// The message without a copy.
    [[gnu::cold, gnu::noinline]] static const char* text(errc code) noexcept {
        switch (code) {
        case errc::unexpected_end: return "unexpected end of text";
        case errc::expected_value: return "expected a value";
        case errc::bad_literal: return "expected 'true', 'false' or 'null'";
        case errc::bad_number: return "malformed number";
        case errc::number_out_of_range: return "number out of range";
        case errc::control_character: return "control character in a string, it must be escaped";
        case errc::bad_escape: return "unknown escape sequence in a string";
        case errc::lone_surrogate: return "lone surrogate in a \\u escape";
        case errc::bad_utf8: return "invalid UTF-8 in a string";
        case errc::byte_order_mark: return "a byte order mark is not allowed before JSON text";
        case errc::expected_member_name: return "expected a member name in double quotes";
        case errc::expected_colon: return "expected ':' after a member name";
        case errc::expected_comma_in_array: return "expected ',' or ']' in an array";
        case errc::expected_comma_in_object: return "expected ',' or '}' in an object";
        case errc::trailing_text: return "unexpected text after the value";
        case errc::too_deep: return "nested too deeply";
        case errc::too_large: return "text larger than the limit";
        case errc::duplicate_member: return "duplicate member name";
        case errc::wrong_kind: return "value of the wrong kind";
        case errc::wrong_length: return "array of the wrong length";
        case errc::missing_member: return "missing member";
        case errc::unknown_member: return "unknown member";
        case errc::unknown_enumerator: return "unknown enumerator";
        case errc::unknown_alternative: return "no alternative of the variant fits";
        case errc::not_finite: return "NaN and infinity have no JSON form";
        case errc::no_such_member: return "no such member";
        case errc::no_such_element: return "no such element";
        case errc::refused: return "value refused";
        }
        return "unknown error";
    }
};

/// The one object of `error_category`.
inline const std::error_category& category() noexcept {
    static const error_category instance;
    return instance;
}

/// Lets `errc` convert to std::error_code.
inline std::error_code make_error_code(errc code) noexcept {
    return std::error_code(static_cast<int>(code), category());
}

namespace detail {

/// Appends the number in decimal. Messages are put together by this and +=, which costs their users' programs the least
/// compilation.
inline void append_number(std::string& text, std::size_t number) {
    const cohort::detail::decimal digits(number);
    text.append(digits.c_str(), digits.size());
}

}  // namespace detail

/// A place in a text. Lines and columns count from 1; a column counts bytes, not characters. Line 0 means "no place".
class location {
public:
    [[gnu::always_inline]] constexpr location() noexcept : line_(0), column_(0), offset_(0) {}
    constexpr location(std::size_t line, std::size_t column, std::size_t offset) noexcept
        : line_(line), column_(column), offset_(offset) {}

    [[gnu::always_inline]] constexpr std::size_t line() const noexcept { return line_; }
    [[gnu::always_inline]] constexpr std::size_t column() const noexcept { return column_; }
    [[gnu::always_inline]] constexpr std::size_t offset() const noexcept { return offset_; }

private:
    std::size_t line_;
    std::size_t column_;
    std::size_t offset_;
};

/// What every function of cohort::json throws. Copying never throws.
/// `what()` reads `json: line 3, column 14 (offset 57): $.items[3].price: expected a number, found a string`; the place
/// is absent where there is no text (writing, conversions of a `value`), the path where the text itself is malformed.
class error : public std::system_error {
public:
    [[gnu::cold, gnu::noinline]]
    explicit error(errc code, const std::string& text = std::string(), const std::string& path = std::string(),
                   location where = location())
        : std::system_error(make_error_code(code)), path_(path), where_(where),
          detail_length_(std::strlen(text.empty() ? error_category::text(code) : text.c_str())) {
        std::runtime_error::operator=(std::runtime_error(compose(code, text, path, where)));
    }

    /// 1-based line, 0 when there is no text.
    std::size_t line() const noexcept { return where_.line(); }
    /// 1-based column in bytes, 0 when there is no text.
    std::size_t column() const noexcept { return where_.column(); }
    /// Offset in bytes from the start of the text.
    [[gnu::always_inline]] std::size_t offset() const noexcept { return where_.offset(); }
    /// Path of the value in question, like `$.items[3].price`; empty for malformed text.
    std::string_view path() const noexcept { return path_.what(); }
    /// The message without place and path.
    std::string_view detail() const noexcept {
        const std::string_view all = what();
        return all.substr(all.size() < detail_length_ ? 0 : all.size() - detail_length_);
    }
    /// The reason as an `errc`.
    errc reason() const noexcept { return static_cast<errc>(code().value()); }

private:
    [[gnu::cold, gnu::noinline]]
    static std::string compose(errc code, const std::string& text, const std::string& path, location where) {
        std::string all = "json: ";
        if (where.line() != 0) {
            all += "line ";
            detail::append_number(all, where.line());
            all += ", column ";
            detail::append_number(all, where.column());
            all += " (offset ";
            detail::append_number(all, where.offset());
            all += "): ";
        }
        if (!path.empty()) {
            all += path;
            all += ": ";
        }
        all += text.empty() ? error_category::text(code) : text.c_str();
        return all;
    }

    std::runtime_error path_;  // a string whose copy never throws, as an exception's copy must not
    location where_;
    std::size_t detail_length_;
};

}  // namespace cohort::json

template <> struct std::is_error_code_enum<cohort::json::errc> : std::true_type {};
