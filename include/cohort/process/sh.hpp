// sh: a command written as a line, taken apart by the compiler, with no shell.
#pragma once

#include "../async/detail/list.hpp"
#include "command.hpp"
#include "detail/words.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cohort {

namespace detail {

/// Takes a line apart: calls `sink.put(c)`, `sink.argument()` for each {} and `sink.end_word()`. Words are separated by
/// blanks; quotes of either kind keep a word together and mean nothing else; {{ and }} stand for braces. Gives what is
/// wrong with the line, or null.
template <class Sink>
constexpr const char* split_line(std::string_view line, Sink& sink) {
    constexpr std::string_view shell_only = "|&;<>()$`\\*?[]#~!";
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
            if (in_word) sink.end_word();
            in_word = false;
            continue;
        }
        in_word = true;
        if (quote != 0 && c == quote) {
            quote = 0;
        } else if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == '{' || c == '}') {
            const char next = i + 1 < line.size() ? line[i + 1] : '\0';
            if (next == c) sink.put(c);
            else if (c == '{' && next == '}') sink.argument();
            else return "a single brace: write {} for an argument, {{ or }} for a brace";
            ++i;
        } else if (c == '\0') {
            return "a zero byte";
        } else if (quote == 0 && shell_only.find(c) != std::string_view::npos) {
            return "a character that means something to a shell: quote it, or use exec";
        } else {
            sink.put(c);
        }
    }
    if (quote != 0) return "a quote that is not closed";
    if (in_word) sink.end_word();
    return nullptr;
}

class line_counter {
public:
    constexpr void put(char) noexcept {}
    constexpr void argument() noexcept { ++arguments; }
    constexpr void end_word() noexcept { ++words; }
    std::size_t arguments = 0;
    std::size_t words = 0;
};

class line_builder {
public:
    explicit line_builder(list<std::string> values) : values_(std::move(values)) {}
    void put(char c) { word_ += c; }
    void argument() { word_ += values_[next_++]; }
    void end_word() {
        words.push_back(std::move(word_));
        word_.clear();
    }
    list<std::string> words;

private:
    list<std::string> values_;
    std::size_t next_ = 0;
    std::string word_;
};

/// A line that was checked when it was compiled.
template <class... Args>
class checked_line {
public:
    template <std::size_t N>
    consteval checked_line(const char (&line)[N]) : text(line, N - 1) {
        line_counter counted;
        if (const char* wrong = split_line(text, counted)) throw wrong;
        if (counted.words == 0) throw "sh: no program is named";
        if (counted.arguments != sizeof...(Args)) throw "sh: as many {} as arguments, please";
    }
    std::string_view text;
};

}  // namespace detail

/// A command from a line: `sh("git log -n {} -- {}", count, path)`. The line is a literal, taken apart into words and
/// checked by the compiler; each {} is replaced by an argument, a string or a number, which is never split, whatever is
/// in it. Quotes keep words together. There is no shell: what only a shell can do does not compile.
template <class... Args>
command sh(std::type_identity_t<detail::checked_line<Args...>> line, const Args&... arguments) {
    detail::list<std::string> values;
    values.reserve(sizeof...(Args));
    (values.push_back(detail::to_word(arguments)), ...);
    detail::line_builder built(std::move(values));
    static_cast<void>(detail::split_line(line.text, built));
    command result(built.words.front());
    for (std::size_t i = 1; i < built.words.size(); ++i) result.arg(built.words[i]);
    return result;
}

}  // namespace cohort
