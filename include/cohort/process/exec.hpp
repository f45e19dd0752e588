// exec: a line for the shell, on purpose.
#pragma once

#include "command.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace cohort {

/// `/bin/sh -c line`, as a command: `output_result du = co_await exec("du -sh * | sort -h");`. The shell takes the line
/// apart, so what comes from outside has no place in it: use `command`, where an argument is an argument.
inline command exec(std::string_view line) {
    command shell("/bin/sh", "-c");
    if (line.starts_with('-') || line.starts_with('+')) shell.arg("--");  // else it were options of the shell
    shell.arg(line);
    std::string label(line.substr(0, detail::command_data::longest_title));
    if (label.size() < line.size()) label += "...";
    shell.data().label = std::move(label);
    return shell;
}

}  // namespace cohort
