/// @file
/// The shell: how a line is given to it.
#pragma once

#include "spawn_resources.hpp"
#include "text.hpp"

#include <string>
#include <string_view>

namespace cohort::sys {

/// Calls `put` with each word of the command that has the shell run `line`: cmd.exe, without the commands that the
/// registry may name (/d), which takes the outer quotes off (/s) and the rest as it is.
template <class Put>
COHORT_COLD inline void shell_words(std::string_view line, Put&& put) {
    const std::string interpreter = narrow(detail::command_interpreter());
    put(std::string_view(interpreter));
    put("/d");
    put("/s");
    put("/c");
    std::string quoted = "\"";
    quoted += line;
    quoted += '"';
    put(std::string_view(quoted));
}

}  // namespace cohort::sys
