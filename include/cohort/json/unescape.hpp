#pragma once

#include <cohort/json/error.hpp>
#include <cohort/json/text.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

// The inside of JSON strings (RFC 8259, section 7).

namespace cohort::json::detail {

/// Reads four hexadecimal digits; false when they are not there, with p at the fault.
[[gnu::noinline]] inline bool read_hex4(const char*& p, const char* end, std::uint32_t& value) noexcept {
    value = 0;
    for (int i = 0; i < 4; ++i, ++p) {
        if (p == end) {
            return false;
        }
        const char lower = static_cast<char>(*p | 0x20);
        const bool digit = *p >= '0' && *p <= '9';
        if (!digit && !(lower >= 'a' && lower <= 'f')) {
            return false;
        }
        value = value * 16 + static_cast<std::uint32_t>(digit ? *p - '0' : lower - 'a' + 10);
    }
    return true;
}

/// Decodes the escape sequence at p, a backslash. Returns errc() or the reason of refusal, with p at the fault.
[[gnu::noinline]] inline errc decode_escape(const char*& p, const char* end, std::string* out) {
    const char* start = p++;
    if (p == end) {
        return errc::unexpected_end;
    }
    char plain = *p++;
    switch (plain) {
    case '"':
    case '\\':
    case '/': break;
    case 'b': plain = '\b'; break;
    case 'f': plain = '\f'; break;
    case 'n': plain = '\n'; break;
    case 'r': plain = '\r'; break;
    case 't': plain = '\t'; break;
    case 'u': {
        std::uint32_t point = 0;
        if (!read_hex4(p, end, point)) {
            return p == end ? errc::unexpected_end : errc::bad_escape;
        }
        if (point >= 0xD800 && point <= 0xDFFF) {
            std::uint32_t low = 0;
            if (point < 0xDC00 && end - p >= 2 && p[0] == '\\' && p[1] == 'u') {
                p += 2;
                if (!read_hex4(p, end, low)) {
                    return p == end ? errc::unexpected_end : errc::bad_escape;
                }
            }
            if (low < 0xDC00 || low > 0xDFFF) {
                p = start;
                return errc::lone_surrogate;
            }
            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        }
        if (out != nullptr) {
            append_utf8(*out, point);
        }
        return errc();
    }
    default: p = start; return errc::bad_escape;
    }
    if (out != nullptr) {
        out->append(&plain, 1);
    }
    return errc();
}

/// Decodes from p through the closing quote, appending to `out` unless that is null. Returns errc() or the reason of
/// refusal, with p at the fault.
[[gnu::noinline]] inline errc decode_string(const char*& p, const char* end, std::string* out) {
    for (;;) {
        const char* start = p;
        p = skip_text(p, end);
        if (out != nullptr && p != start) {
            out->append(start, static_cast<std::size_t>(p - start));
        }
        if (p == end) {
            return errc::unexpected_end;
        }
        if (*p == '"') {
            ++p;
            return errc();
        }
        if (*p != '\\') {
            return static_cast<unsigned char>(*p) < 0x20 ? errc::control_character : errc::bad_utf8;
        }
        const errc fault = decode_escape(p, end, out);
        if (fault != errc()) {
            return fault;
        }
    }
}

}  // namespace cohort::json::detail
