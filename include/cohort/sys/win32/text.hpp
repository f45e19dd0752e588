/// @file
/// UTF-8, which everything above this folder speaks, and UTF-16, which the system does.
///
/// Names on Windows are any sequence of 16-bit units. A unit that is no part of a character (half of a pair) is written
/// as the three bytes that UTF-8 would give it, and read back from those, so that every name survives the way there and
/// back. Bytes that are no UTF-8 at all become U+FFFD.
#pragma once

#include "../outcome.hpp"
#include "../platform.hpp"

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

namespace cohort::sys {

namespace detail {

/// Takes one character off the front of a UTF-8 text, half pairs included; U+FFFD and one byte where there is none.
inline char32_t take_utf8(std::string_view& text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    std::size_t size = 1;
    char32_t value = first;
    if (first >= 0xC2 && first < 0xE0) {
        size = 2;
        value = first & 0x1Fu;
    } else if (first >= 0xE0 && first < 0xF0) {
        size = 3;
        value = first & 0x0Fu;
    } else if (first >= 0xF0 && first < 0xF5) {
        size = 4;
        value = first & 0x07u;
    } else if (first >= 0x80) {
        value = 0xFFFD;
    }
    bool good = size <= text.size();
    for (std::size_t i = 1; good && i < size; ++i) {
        good = (byte(i) & 0xC0) == 0x80;
        value = value << 6 | (byte(i) & 0x3Fu);
    }
    if (size == 3) good = good && value >= 0x800;
    if (size == 4) good = good && value >= 0x10000 && value <= 0x10FFFF;
    if (!good) {
        value = 0xFFFD;
        size = 1;
    }
    text.remove_prefix(size);
    return value;
}

inline void put_utf8(std::string& out, char32_t c) {
    const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | c >> 6);
        put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(0xE0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3F));
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

}  // namespace detail

/// UTF-8 as the system takes it.
COHORT_COLD inline std::wstring wide(std::string_view text) {
    std::wstring out;
    out.reserve(text.size());
    while (!text.empty()) {
        const char32_t c = detail::take_utf8(text);
        if (c < 0x10000) {
            out += static_cast<wchar_t>(c);
        } else {
            out += static_cast<wchar_t>(0xD800 + ((c - 0x10000) >> 10));
            out += static_cast<wchar_t>(0xDC00 + ((c - 0x10000) & 0x3FF));
        }
    }
    return out;
}

/// What the system gave, as UTF-8.
COHORT_COLD inline std::string narrow(std::wstring_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char32_t c = static_cast<char16_t>(text[i]);
        if (c >= 0xD800 && c < 0xDC00 && i + 1 < text.size()) {
            const char32_t low = static_cast<char16_t>(text[i + 1]);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                ++i;
            }
        }
        detail::put_utf8(out, c);
    }
    return out;
}

/// Calls `f(path)` with a path in UTF-16; `f` gives an outcome. ENOMEM where the text does not fit the memory.
template <class F>
inline auto with_wide(const char* path, F&& f) noexcept -> decltype(f(static_cast<const wchar_t*>(nullptr))) {
    try {
        const std::wstring text = wide(path);
        return f(text.c_str());
    } catch (...) {
        return failure(ENOMEM);
    }
}

}  // namespace cohort::sys
