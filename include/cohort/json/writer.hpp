#pragma once

#include <cohort/json/error.hpp>
#include <cohort/json/locate.hpp>
#include <cohort/json/member_key.hpp>
#include <cohort/json/number.hpp>
#include <cohort/json/options.hpp>
#include <cohort/json/text.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

namespace cohort::json {

namespace detail {
class writer_access;
}

/// A streaming writer that appends one JSON text to the caller's string. Commas, colons and indentation are its own
/// affair; that every `begin` has its `end` and every member a name is the caller's. Small texts pass through a buffer
/// inside the writer and reach the string in one append, so that a string whose capacity is reused costs no allocation.
/// Call `finish()` at the end.
///
///     writer w(out);
///     w.begin_object(); w.key("id"); w.integer(7); w.end_object();
///     w.finish();
class writer {
public:
    explicit writer(std::string& out, const write_options& options = write_options()) noexcept
        : p_(buffer_ + 1), out_(&out), start_(out.size()), depth_(0), options_(options) {
        buffer_[0] = ' ';
    }
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

    void begin_object() { open('{'); }
    void end_object() { close('{', '}'); }
    void begin_array() { open('['); }
    void end_array() { close('[', ']'); }

    /// The name of the next member of the open object.
    [[gnu::noinline]] void key(std::string_view name) {
        separate();
        put_string(name);
        put_colon();
    }

    void null() {
        separate();
        put("null", 4);
    }

    void boolean(bool b) {
        separate();
        put_boolean(b);
    }

    template <class Integer> void integer(Integer n) {
        separate();
        put_integer(n);
    }

    /// A double or float in its shortest form that reads back as the same value.
    template <class Float> void floating(Float number) {
        separate();
        put_floating(number);
    }

    void string(std::string_view text) {
        separate();
        put_string(text);
    }

    /// A complete JSON value that is already text; it is not checked.
    void raw(std::string_view json) {
        while (!json.empty() && json.back() == ' ') {
            json.remove_suffix(1);  // it would pass for indentation, with no comma before the next value
        }
        separate();
        put_bytes(json);
    }

    /// Writes a value of any mapped type (defined in write.hpp).
    template <class T> void write(const T& value);

    /// Hands the rest over to the string.
    [[gnu::always_inline]] void finish() { flush(); }

    /// The pointer given with the options, for adapters.
    void* context() const noexcept { return options_.context(); }
    const write_options& options() const noexcept { return options_; }

    /// Throws an error about the value that is to be written next, with its path; for adapters.
    [[noreturn, gnu::cold, gnu::noinline]] void refuse(const std::string& text, errc code = errc::refused) {
        separate();  // the path is that of what stands next
        flush();
        const std::string_view written = std::string_view(*out_).substr(start_);
        throw error(code, text, detail::path_at(written, written.size()));
    }

private:
    friend class detail::writer_access;

    static constexpr std::size_t capacity = 1024;

    [[gnu::always_inline]] char last() const noexcept { return p_[-1]; }

    /// The byte written last tells what must come before a value: nothing after a colon, a comma or indentation.
    void separate() {
        const char c = last();
        if (c == ' ' || c == ':' || c == ',') {
            return;
        }
        if (c != '[' && c != '{') {
            put_char(',');
        }
        if (options_.indent() != 0) {
            new_line();
        }
    }

    void put_colon() { options_.indent() != 0 ? put(": ", 2) : put_char(':'); }

    [[gnu::noinline]] void open(char bracket) {
        separate();
        put_char(bracket);
        ++depth_;
    }

    [[gnu::noinline]] void close(char opening, char closing) {
        --depth_;
        if (options_.indent() != 0 && last() != opening) {
            new_line();
        }
        put_char(closing);
    }

    void enter() {
        if (depth_ >= options_.max_depth()) {
            refuse(std::string(), errc::too_deep);
        }
    }

    [[gnu::noinline]] void new_line() {
        put_char('\n');
        for (std::size_t i = 0; i < depth_; ++i) {
            put("                ", options_.indent());
        }
    }

    void ensure(std::size_t room) {
        if (static_cast<std::size_t>(buffer_ + sizeof buffer_ - p_) < room) {
            flush();
        }
    }

    [[gnu::noinline]] void flush() {
        out_->append(buffer_ + 1, static_cast<std::size_t>(p_ - buffer_ - 1));
        buffer_[0] = p_[-1];
        p_ = buffer_ + 1;
    }

    void put_char(char c) {
        ensure(1);
        *p_++ = c;
    }

    /// Text of at most 512 bytes.
    void put(const char* text, std::size_t length) {
        ensure(length);
        std::memcpy(p_, text, length);
        p_ += length;
    }

    void put_bytes(std::string_view text) {
        if (text.size() <= 512) {
            put(text.data(), text.size());
        } else {
            flush();
            out_->append(text);
            buffer_[0] = text.back();
        }
    }

    void put_boolean(bool b) { b ? put("true", 4) : put("false", 5); }

    template <class Integer> [[gnu::always_inline]] void put_integer(Integer n) {
        if constexpr (std::numeric_limits<Integer>::is_signed) {
            put_number(n < 0 ? 0 - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n), n < 0);
        } else {
            put_number(n, false);
        }
    }
    [[gnu::noinline]] void put_number(std::uint64_t size, bool negative) {
        ensure(24);
        *p_ = '-';
        p_ = detail::print_natural(p_ + (negative ? 1 : 0), size);
    }

    template <class Float> void put_floating(Float number) {
        if (!(number - number == 0)) {  // NaN or infinite
            if (options_.non_finite() == non_finite::refuse) {
                refuse(std::string(), errc::not_finite);
            }
            put("null", 4);
            return;
        }
        ensure(40);
        p_ = detail::print_floating(p_, number);
    }

    [[gnu::noinline]] void put_string(std::string_view text) {
        const char* s = text.data();
        const char* const e = s + text.size();
        put_char('"');
        for (;;) {
            ensure(16);
            if (e - s >= 8) {
                const std::uint64_t hit = detail::special8(detail::load8(s));
                std::memcpy(p_, s, 8);
                const int plain = hit == 0 ? 8 : std::countr_zero(hit) >> 3;
                p_ += plain;
                s += plain;
                if (hit == 0) {
                    continue;
                }
            } else {
                while (s != e && !detail::is_special(*s)) {
                    *p_++ = *s++;
                }
                if (s == e) {
                    break;
                }
            }
            s = put_special(s, e);
        }
        *p_++ = '"';
    }

    /// Writes the special character at s; returns what follows it.
    [[gnu::noinline]] const char* put_special(const char* s, const char* e) {
        const unsigned char c = static_cast<unsigned char>(*s);
        if (c >= 0x80) {
            const std::size_t length = detail::utf8_length(s, e);
            if (length != 0) {
                put(s, length);
                return s + length;
            }
            if (options_.bad_text() == bad_text::refuse) {
                refuse_text();
            }
            put("\xEF\xBF\xBD", 3);
            return s + 1;
        }
        constexpr char hex[] = "0123456789abcdef";
        ensure(8);
        *p_++ = '\\';
        switch (c) {
        case '\b': *p_++ = 'b'; break;
        case '\f': *p_++ = 'f'; break;
        case '\n': *p_++ = 'n'; break;
        case '\r': *p_++ = 'r'; break;
        case '\t': *p_++ = 't'; break;
        case '"':
        case '\\': *p_++ = static_cast<char>(c); break;
        default:
            std::memcpy(p_, "u00", 3);
            p_[3] = hex[c >> 4];
            p_[4] = hex[c & 15];
            p_ += 5;
        }
        return s + 1;
    }

    [[noreturn, gnu::cold, gnu::noinline]] void refuse_text() {
        // The string is half written: cut it off, for the path is found from what stands before it.
        flush();
        const char* text = out_->data();
        std::size_t quote = out_->size() - 1;
        while (text[quote] != '"' || (quote > start_ && text[quote - 1] == '\\')) {
            --quote;
        }
        out_->erase(quote);
        buffer_[0] = ' ';  // what had to come before the string stands there
        refuse(std::string(), errc::bad_utf8);
    }

    char* p_;
    std::string* out_;
    std::size_t start_;
    std::size_t depth_;
    write_options options_;
    char buffer_[capacity];
};

namespace detail {

/// How the typed mapping reaches the unseparated output functions of the writer.
class writer_access {
public:
    [[gnu::always_inline]] static void put(writer& w, const char* text, std::size_t length) { w.put(text, length); }
    /// Begins the object of a struct where the writer stands.
    static void open(writer& w) {
        w.enter();
        w.put_char('{');
        ++w.depth_;
    }
    /// The name of a member, where it is known beforehand.
    static void key(writer& w, const member_key& key) {
        if (w.options_.indent() != 0) [[unlikely]] {
            w.key(key.name());
        } else {
            w.ensure(key.size() + 16);
            w.p_ = key.copy(w.p_, w.last() == '{' ? 1 : 0);
        }
    }
    static void separate(writer& w) { w.separate(); }
    /// Refuses what is nested too deeply.
    static void enter(writer& w) { w.enter(); }
    static void boolean(writer& w, bool b) { w.put_boolean(b); }
    template <class Integer> static void integer(writer& w, Integer n) { w.put_integer(n); }
    template <class Float> static void floating(writer& w, Float number) { w.put_floating(number); }
    [[gnu::always_inline]] static void string(writer& w, std::string_view text) { w.put_string(text); }
};

}  // namespace detail

}  // namespace cohort::json
