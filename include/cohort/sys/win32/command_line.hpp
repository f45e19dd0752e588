/// @file
/// Lists of arguments as the one line that a process gets on Windows, and back.
///
/// The line is taken apart by the program itself. Nearly all do it by the rules of Microsoft's C library, under which
/// every list of texts can be written so that it comes back as it was: words with blanks or quotes are put in quotes, a
/// quote is written \", and backslashes are doubled where a quote follows. Batch files are read by cmd.exe, which has
/// rules of its own and acts upon %, &, | and their like: `batch_line`.
#pragma once

#include "text.hpp"
#include "windows.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cohort::sys {

/// The longest line that a process can be given, in UTF-16 units, without the zero.
inline constexpr std::size_t longest_command_line = 32766;

namespace detail {

constexpr bool is_blank(wchar_t c) noexcept { return c == L' ' || c == L'\t'; }

/// Writes an argument other than the first.
COHORT_COLD inline void append_argument(std::wstring& line, std::wstring_view argument) {
    if (!argument.empty() && argument.find_first_of(L" \t\n\v\r\f\"") == std::wstring_view::npos) {
        line += argument;
        return;
    }
    line += L'"';
    std::size_t backslashes = 0;
    for (const wchar_t c : argument) {
        // Each of those before a quote counts twice, and one more makes the quote a character.
        if (c == L'"') line.append(backslashes + 1, L'\\');
        backslashes = c == L'\\' ? backslashes + 1 : 0;
        line += c;
    }
    line.append(backslashes, L'\\');
    line += L'"';
}

/// Writes the first word, by which no backslash means anything; false if it has a quote, which cannot be written.
COHORT_COLD inline bool append_program(std::wstring& line, std::wstring_view program) {
    if (program.find(L'"') != std::wstring_view::npos) return false;
    line += L'"';
    line += program;
    line += L'"';
    return true;
}

constexpr bool is_plain_for_cmd(wchar_t c) noexcept {
    const bool letter = (c >= L'a' && c <= L'z') || (c >= L'A' && c <= L'Z') || (c >= L'0' && c <= L'9');
    return letter || c >= 0x80 || std::wstring_view(L"#$*+-./:?@\\_").find(c) != std::wstring_view::npos;
}

/// Writes an argument of a batch file so that cmd.exe hands it over and does nothing else with it; false if it breaks
/// the line, which nothing prevents.
COHORT_COLD inline bool append_batch_argument(std::wstring& line, std::wstring_view argument) {
    bool quoted = argument.empty() || argument.back() == L'\\';
    for (const wchar_t c : argument) {
        if (c == L'\r' || c == L'\n') return false;
        quoted = quoted || !is_plain_for_cmd(c);
    }
    if (quoted) line += L'"';
    std::size_t backslashes = 0;
    for (const wchar_t c : argument) {
        if (c == L'"') {
            // What reads the arguments in the end sees a quote in quotes doubled, with its backslashes.
            line.append(backslashes, L'\\');
            line += L'"';
        } else if (c == L'%') {
            // No percent sign can be quoted; a variable of which nothing is asked for ends what one would begin.
            line += L"%%cd:~,";
        }
        backslashes = c == L'\\' ? backslashes + 1 : 0;
        line += c;
    }
    if (quoted) {
        line.append(backslashes, L'\\');
        line += L'"';
    }
    return true;
}

}  // namespace detail

/// The words of a line, as Microsoft's C library takes it apart; `put(word)` gets each in UTF-8, the program's first.
template <class Put>
COHORT_COLD inline void split_command_line(std::wstring_view line, Put&& put) {
    std::wstring word;
    std::size_t at = 0;
    bool quoted = false;
    // The program: quotes keep blanks together and there is nothing else to it.
    for (; at < line.size() && (quoted || !detail::is_blank(line[at])); ++at) {
        if (line[at] == L'"') quoted = !quoted;
        else word += line[at];
    }
    put(narrow(word));
    for (;;) {
        while (at < line.size() && detail::is_blank(line[at])) ++at;
        if (at >= line.size()) return;
        word.clear();
        quoted = false;
        while (at < line.size() && (quoted || !detail::is_blank(line[at]))) {
            std::size_t backslashes = 0;
            while (at < line.size() && line[at] == L'\\') ++at, ++backslashes;
            if (at >= line.size() || line[at] != L'"') {
                word.append(backslashes, L'\\');
                if (at < line.size() && (quoted || !detail::is_blank(line[at]))) word += line[at++];
                continue;
            }
            word.append(backslashes / 2, L'\\');
            ++at;
            if (backslashes % 2 != 0) {
                word += L'"';
            } else if (quoted && at < line.size() && line[at] == L'"') {
                word += L'"';
                ++at;
            } else {
                quoted = !quoted;
            }
        }
        put(narrow(word));
    }
}

}  // namespace cohort::sys
