// Shell quoting, for showing a command to people.
#pragma once

#include <string>
#include <string_view>

namespace cohort::detail {

inline bool is_plain_word(std::string_view word) noexcept {
    constexpr std::string_view others = "_-./:=@%+,";
    for (const char c : word) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && others.find(c) == std::string_view::npos) return false;
    }
    return !word.empty();
}

/// Appends a word so that a POSIX shell reads it back as it is. What does not print is written as it is as well: quotes
/// keep it together.
inline void append_quoted(std::string& out, std::string_view word) {
    if (is_plain_word(word)) {
        out += word;
        return;
    }
    out += '\'';
    for (const char c : word) {
        if (c == '\'') out += "'\\''";
        else out += c;
    }
    out += '\'';
}

}  // namespace cohort::detail
