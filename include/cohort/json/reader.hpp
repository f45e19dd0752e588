#pragma once

#include <cohort/json/bit_stack.hpp>
#include <cohort/json/error.hpp>
#include <cohort/json/kind.hpp>
#include <cohort/json/locate.hpp>
#include <cohort/json/number.hpp>
#include <cohort/json/options.hpp>
#include <cohort/json/text.hpp>
#include <cohort/json/unescape.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

namespace cohort::json {

namespace detail {
class reader_access;
}

/// A pull reader over one JSON text (RFC 8259) in memory: no tree is built and nothing is allocated, but for strings
/// with escapes. The text must outlive the reader. Every function validates what it consumes and throws `json::error`;
/// after an error the reader is of no further use.
///
///     reader r(text);
///     r.begin_object();
///     for (std::string_view name; r.next_member(name);) {
///         if (name == "id") id = r.read_int64();
///         else r.skip_value();
///     }
///     r.finish();
class reader {
public:
    explicit reader(std::string_view text, const read_options& options = read_options())
        : p_(text.data()), end_(text.data() + text.size()), begin_(text.data()), depth_(0), options_(options) {
        if (text.size() > options.limits().max_size()) {
            fail(errc::too_large);
        }
        if (text.size() >= 3 && std::memcmp(text.data(), "\xEF\xBB\xBF", 3) == 0) {
            fail(errc::byte_order_mark);
        }
    }
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    /// The kind of the next value; consumes white space only. Looks at one character: the value may still prove
    /// malformed.
    json::kind peek() {
        skip_space();
        if (p_ == end_) {
            fail(errc::unexpected_end);
        }
        switch (*p_) {
        case '"': return kind::string;
        case '{': return kind::object;
        case '[': return kind::array;
        case 't':
        case 'f': return kind::boolean;
        case 'n': return kind::null;
        default: break;
        }
        if (*p_ != '-' && !detail::is_digit(*p_)) {
            fail(errc::expected_value);
        }
        return kind::number;
    }

    /// Consumes a null and returns true, or returns false if the next value is something else.
    bool read_null() {
        if (peek() != kind::null) {
            return false;
        }
        literal("null", 4);
        return true;
    }

    /// Consumes true or false.
    bool read_bool() {
        skip_space();
        const bool is_true = p_ != end_ && *p_ == 't';
        if (!is_true) {
            expect('f', kind::boolean);
        }
        is_true ? literal("true", 4) : literal("false", 5);
        return is_true;
    }

    /// Consumes an integer (in any notation: `2`, `2.0`, `2e0`) that `Integer` holds.
    template <class Integer> Integer read_integer() {
        constexpr Integer largest = std::numeric_limits<Integer>::max();
        return static_cast<Integer>(next_integer(largest, std::numeric_limits<Integer>::is_signed));
    }
    std::int64_t read_int64() { return read_integer<std::int64_t>(); }
    std::uint64_t read_uint64() { return read_integer<std::uint64_t>(); }

    /// Consumes a number, correctly rounded to `Float` (double or float); one too large is refused.
    template <class Float> Float read_floating() { return floating_of<Float>(next_numeral()); }
    double read_double() { return read_floating<double>(); }

    /// Consumes a string. The view is into the text, or into the reader (until its next call) if the string had
    /// escapes.
    std::string_view read_string_view() {
        expect('"', kind::string);
        return string_view_here();
    }

    /// Consumes a string into `out`, whose capacity is reused.
    void read_string(std::string& out) {
        expect('"', kind::string);
        const char* start = ++p_;
        p_ = detail::find_special(p_, end_);
        out.clear();
        out.append(start, static_cast<std::size_t>(p_ - start));
        if (p_ != end_ && *p_ == '"') {
            ++p_;
            return;
        }
        rest_of_string(&out);
    }

    /// Enters an array; then call `next_element()` before each element until it returns false.
    void begin_array() {
        expect('[', kind::array);
        enter();
    }

    /// True: an element follows and must be consumed. False: the array has ended, its bracket is consumed.
    bool next_element() {
        const bool first = p_[-1] == '[';
        skip_space();
        if (p_ != end_ && *p_ == ']') {
            ++p_;
            --depth_;
            return false;
        }
        if (first) {
            return true;  // whatever follows must be a value, and reading it checks that
        }
        require(',', errc::expected_comma_in_array);
        ++p_;
        return true;
    }

    /// Enters an object; then call `next_member()` before each value until it returns false.
    void begin_object() {
        expect('{', kind::object);
        enter();
    }

    /// True: the next member's name is in `name` (valid until the next call) and its value must be consumed. False: the
    /// object has ended, its brace is consumed.
    [[gnu::noinline]] bool next_member(std::string_view& name) {
        if (!to_member_name()) {
            return false;
        }
        name = string_view_here();
        colon();
        return true;
    }

    /// Consumes the next value, whatever it is, with full validation.
    [[gnu::noinline]] void skip_value() {
        detail::bit_stack open;
        for (;;) {
            const json::kind next = peek();
            if (next == kind::array || next == kind::object) {
                enter();
                open.push(next == kind::object);
            } else {
                skip_scalar(next);
            }
            while (!open.empty() && !(open.top() ? skip_member_name() : next_element())) {
                open.pop();
            }
            if (open.empty()) {
                return;
            }
        }
    }

    /// Consumes the next value and returns its text.
    std::string_view raw_value() {
        peek();
        const char* start = p_;
        skip_value();
        return std::string_view(start, static_cast<std::size_t>(p_ - start));
    }

    /// Checks that nothing but white space is left.
    void finish() {
        skip_space();
        if (p_ != end_) {
            fail(errc::trailing_text);
        }
    }

    /// Reads a value of any mapped type (defined in read.hpp).
    template <class T> void read(T& target);

    /// The pointer given with the options, for adapters.
    void* context() const noexcept { return options_.context(); }
    [[gnu::always_inline]] const read_options& options() const noexcept { return options_; }
    /// Bytes consumed so far.
    [[gnu::always_inline]] std::size_t offset() const noexcept { return static_cast<std::size_t>(p_ - begin_); }

    /// Throws an error at the next value, with its path; for adapters.
    [[noreturn]] void refuse(const std::string& text, errc code = errc::refused) {
        skip_space();
        refuse_at(offset(), text, code);
    }

    /// Throws an error that names the value at `offset`, which a caller took from `offset()` before consuming it.
    [[noreturn, gnu::cold, gnu::noinline]] void refuse_at(std::size_t offset, const std::string& text,
                                                          errc code = errc::refused) const {
        const std::string_view all(begin_, static_cast<std::size_t>(end_ - begin_));
        while (offset < all.size() && (all[offset] == ' ' || (all[offset] >= '\t' && all[offset] <= '\r'))) {
            ++offset;
        }
        throw error(code, text, detail::path_at(all, offset), detail::locate(all, offset));
    }

private:
    friend class detail::reader_access;

    void skip_space() noexcept {
        while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) {
            ++p_;
        }
    }

    void expect(char first, json::kind wanted) {
        skip_space();
        if (p_ == end_ || *p_ != first) [[unlikely]] {
            fail_kind(wanted);
        }
    }

    /// Refuses what stands here if it is another character.
    void require(char c, errc otherwise) const {
        if (p_ == end_ || *p_ != c) [[unlikely]] {
            fail(p_ == end_ ? errc::unexpected_end : otherwise, otherwise);
        }
    }

    void enter() {
        if (++depth_ > options_.limits().max_depth()) {
            fail(errc::too_deep);
        }
        ++p_;
    }

    void literal(const char* word, std::size_t length) {
        if (static_cast<std::size_t>(end_ - p_) < length || std::memcmp(p_, word, length) != 0) {
            fail(errc::bad_literal);
        }
        p_ += length;
    }

    detail::numeral next_numeral() {
        skip_space();
        if (p_ == end_ || (*p_ != '-' && !detail::is_digit(*p_))) [[unlikely]] {
            fail_kind(kind::number);
        }
        detail::numeral n;
        if (!detail::scan_numeral(p_, end_, n)) {
            fail_at(n.last, n.last == end_ ? errc::unexpected_end : errc::bad_number);
        }
        p_ = n.last;
        return n;
    }

    // An integer of up to 64 bits, the same code for all types: its bits, if it is no larger than `largest`.
    [[gnu::noinline]] std::uint64_t next_integer(std::uint64_t largest, bool is_signed) {
        skip_space();
        const char* p = p_;
        const bool negative = p != end_ && *p == '-' && is_signed;
        const char* const start = p += negative ? 1 : 0;
        std::uint64_t bits = 0;
        for (; p != end_ && detail::is_digit(*p); ++p) {
            bits = bits * 10 + static_cast<std::uint64_t>(*p - '0');
        }
        const std::ptrdiff_t length = p - start;
        const bool plain = p == end_ || (*p != '.' && *p != 'e' && *p != 'E');
        if (plain && length > 0 && length < 19 && (length == 1 || *start != '0') && bits <= largest) [[likely]] {
            p_ = p;
            return negative ? 0 - bits : bits;
        }
        return any_integer(largest, is_signed);
    }

    // In whatever notation, or none.
    [[gnu::cold, gnu::noinline]] std::uint64_t any_integer(std::uint64_t largest, bool is_signed) {
        const detail::numeral n = next_numeral();
        std::uint64_t bits = 0;
        if (!detail::to_integer(n, largest, is_signed, bits)) {
            fail_integer(n, largest, is_signed);
        }
        return bits;
    }

    template <class Float> Float floating_of(const detail::numeral& n) const {
        const Float result = detail::to_floating<Float>(n);
        if (!(result <= std::numeric_limits<Float>::max() && result >= std::numeric_limits<Float>::lowest())) {
            refuse_at(static_cast<std::size_t>(n.first - begin_), std::string(), errc::number_out_of_range);
        }
        return result;
    }

    [[gnu::noinline]] void skip_scalar(json::kind which) {
        switch (which) {
        case kind::null: literal("null", 4); break;
        case kind::boolean: read_bool(); break;
        case kind::string: skip_string(); break;
        default:
            if (const detail::numeral n = next_numeral(); !n.integer || !n.exact) {
                floating_of<double>(n);  // a number that nobody could read is refused here, too
            }
        }
    }

    [[gnu::noinline]] void skip_string() {
        p_ = detail::find_special(p_ + 1, end_);
        rest_of_string(nullptr);
    }

    std::string_view string_view_here() {
        const char* start = ++p_;
        p_ = detail::find_special(p_, end_);
        if (p_ != end_ && *p_ == '"') {
            return std::string_view(start, static_cast<std::size_t>(p_++ - start));
        }
        const char* run = detail::skip_text(p_, end_);
        if (run != end_ && *run == '"') {
            p_ = run + 1;
            return std::string_view(start, static_cast<std::size_t>(run - start));
        }
        scratch_.clear();
        scratch_.append(start, static_cast<std::size_t>(p_ - start));
        rest_of_string(&scratch_);
        return scratch_;
    }

    [[gnu::noinline]] bool to_member_name() {
        const bool first = p_[-1] == '{';
        skip_space();
        if (p_ != end_ && *p_ == '}') {
            ++p_;
            --depth_;
            return false;
        }
        if (!first) {
            require(',', errc::expected_comma_in_object);
            ++p_;
            skip_space();
        }
        require('"', errc::expected_member_name);
        return true;
    }

    void colon() {
        skip_space();
        require(':', errc::expected_colon);
        ++p_;
    }

    bool skip_member_name() {
        if (!to_member_name()) {
            return false;
        }
        skip_string();
        colon();
        return true;
    }

    // From behind the opening quote through the closing one; appends to `out` unless that is null.
    [[gnu::noinline]] void rest_of_string(std::string* out) {
        const errc fault = detail::decode_string(p_, end_, out);
        if (fault != errc()) {
            fail(fault);
        }
    }

    [[noreturn, gnu::cold, gnu::noinline]] void fail_at(const char* where, errc code, errc expected = errc()) const {
        const std::string_view all(begin_, static_cast<std::size_t>(end_ - begin_));
        std::string text = error_category::text(code);
        if (expected != errc() && expected != code) {
            text += ", ";
            text += error_category::text(expected);
        }
        throw error(code, text, std::string(), detail::locate(all, static_cast<std::size_t>(where - begin_)));
    }
    [[noreturn]] void fail(errc code, errc expected = errc()) const { fail_at(p_, code, expected); }

    [[noreturn, gnu::cold, gnu::noinline]] void fail_kind(json::kind wanted) {
        const json::kind found = peek();  // which fails itself where no value stands
        std::string text = "expected ";
        text += name_of(wanted);
        text += ", found ";
        text += name_of(found);
        refuse_at(offset(), text, errc::wrong_kind);
    }

    [[noreturn, gnu::cold, gnu::noinline]] void fail_integer(const detail::numeral& n, std::uint64_t largest,
                                                             bool is_signed) const {
        const std::size_t length = static_cast<std::size_t>(n.last - n.first);
        std::string text(n.first, length < 40 ? length : 40);
        text += " is not an integer of ";
        detail::append_number(text, static_cast<std::size_t>(std::bit_width(largest) + (is_signed ? 1 : 0)));
        text += " bits";
        text += is_signed ? "" : " without sign";
        refuse_at(static_cast<std::size_t>(n.first - begin_), text, errc::number_out_of_range);
    }

    const char* p_;
    const char* end_;
    const char* begin_;
    std::size_t depth_;
    read_options options_;
    std::string scratch_;
};

}  // namespace cohort::json
