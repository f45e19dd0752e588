/// @file
/// The shell: how a line is given to it.
#pragma once

#include <string_view>

namespace cohort::sys {

/// Calls `put` with each word of the command that has the shell run `line`.
template <class Put>
inline void shell_words(std::string_view line, Put&& put) {
    put("/bin/sh");
    put("-c");
    if (line.starts_with('-') || line.starts_with('+')) put("--");  // else it were options of the shell
    put(line);
}

}  // namespace cohort::sys
