// exec: a line for the shell, on purpose.
#pragma once

#include "../async/detail/list.hpp"
#include "../sys/shell.hpp"
#include "command.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace cohort {

/// A line for the shell, as a command: `/bin/sh -c line`, on Windows `cmd.exe /d /s /c "line"`.
///
///     output_result du = co_await exec("du -sh * | sort -h");
///
/// The shell takes the line apart, so what comes from outside has no place in it: use `command`, where an argument is an
/// argument.
inline command exec(std::string_view line) {
    detail::list<std::string> words;
    sys::shell_words(line, [&](std::string_view word) { words.push_back(std::string(word)); });
    command shell(words.front());
    for (std::size_t i = 1; i < words.size(); ++i) shell.arg(words[i]);
    shell.data().line_of_shell = true;
    std::string label(line.substr(0, detail::command_data::longest_title));
    if (label.size() < line.size()) label += "...";
    shell.data().label = std::move(label);
    return shell;
}

}  // namespace cohort
