#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

// Strings eight bytes at a time, and UTF-8.

namespace cohort::json::detail {

inline std::uint64_t load8(const char* p) noexcept {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    if constexpr (std::endian::native == std::endian::big) {
        std::uint64_t turned = 0;
        for (int i = 0; i < 8; ++i) {
            turned = (turned << 8) | ((word >> (8 * i)) & 0xFF);
        }
        return turned;
    } else {
        return word;
    }
}

/// A bit 7 set in each byte that is not plain text: a quote, a backslash, a control character or not ASCII. Bits above
/// the lowest one set may be wrong (borrows run upwards), so only the lowest may be used.
inline std::uint64_t special8(std::uint64_t word) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101u;
    constexpr std::uint64_t tops = 0x8080808080808080u;
    const std::uint64_t quote = word ^ (ones * '"');
    const std::uint64_t slash = word ^ (ones * '\\');
    const std::uint64_t hit = ((word - ones * 0x20) | (quote - ones) | (slash - ones)) & ~word;
    return (hit | word) & tops;
}

inline bool is_special(char c) noexcept {
    const unsigned char u = static_cast<unsigned char>(c);
    return u < 0x20 || u >= 0x80 || c == '"' || c == '\\';
}

/// The first special byte in [p, end), or end.
inline const char* find_special(const char* p, const char* end) noexcept {
    while (end - p >= 8) {
        const std::uint64_t hit = special8(load8(p));
        if (hit != 0) {
            return p + (std::countr_zero(hit) >> 3);
        }
        p += 8;
    }
    while (p != end && !is_special(*p)) {
        ++p;
    }
    return p;
}

/// Length of the UTF-8 sequence of two to four bytes at p, 0 when it is not valid: overlong, a surrogate, above
/// U+10FFFF, a continuation byte missing or standing alone (RFC 3629, section 4).
[[gnu::noinline]] inline std::size_t utf8_length(const char* p, const char* end) noexcept {
    const auto at = [p](int i) { return static_cast<unsigned>(static_cast<unsigned char>(p[i])); };
    const auto next = [&at](int i, unsigned low, unsigned high) { return at(i) >= low && at(i) <= high; };
    const std::ptrdiff_t room = end - p;
    const unsigned lead = at(0);
    if (lead >= 0xC2 && lead <= 0xDF) {
        return room >= 2 && next(1, 0x80, 0xBF) ? 2 : 0;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = lead == 0xED ? 0x9F : 0xBF;
        return room >= 3 && next(1, low, high) && next(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
        return room >= 4 && next(1, low, high) && next(2, 0x80, 0xBF) && next(3, 0x80, 0xBF) ? 4 : 0;
    }
    return 0;
}

/// Goes over plain text and valid UTF-8: the first quote, backslash, control character or offending byte, or end.
[[gnu::noinline]] inline const char* skip_text(const char* p, const char* end) noexcept {
    for (;;) {
        p = find_special(p, end);
        if (p == end || static_cast<unsigned char>(*p) < 0x80) {
            return p;
        }
        const std::size_t length = utf8_length(p, end);
        if (length == 0) {
            return p;
        }
        p += length;
    }
}

/// Appends the code point, which must be a scalar value, as UTF-8.
[[gnu::noinline]] inline void append_utf8(std::string& out, std::uint32_t point) {
    char bytes[4];
    char* first = bytes + sizeof bytes;
    std::uint32_t room = 0x80;  // the lead byte holds less than this
    std::uint32_t lead = 0;     // its upper bits, which say how many bytes there are
    while (point >= room) {
        *--first = static_cast<char>(static_cast<unsigned char>(0x80 | (point & 0x3F)));
        point >>= 6;
        room = room == 0x80 ? 0x20 : room >> 1;
        lead = 0x100 - 2 * room;
    }
    *--first = static_cast<char>(static_cast<unsigned char>(lead | point));
    out.append(first, static_cast<std::size_t>(bytes + sizeof bytes - first));
}

}  // namespace cohort::json::detail
