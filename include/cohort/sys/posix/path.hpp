/// @file
/// How paths and lists of directories are written, and where programs are sought.
#pragma once

#include "../platform.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cohort::sys {

/// How programs end a line.
inline constexpr std::string_view line_end = "\n";

/// What stands between the directories of PATH.
inline constexpr char path_list_separator = ':';

/// Where programs are sought by who has no PATH.
inline std::string usual_path() { return "/usr/local/bin:/usr/bin:/bin"; }

/// The directory that an entry of PATH stands for: an empty one is the current one. Empty: none.
inline std::string_view path_list_entry(std::string_view entry) noexcept { return entry.empty() ? "." : entry; }

/// Whether the name says where the program is, so that PATH is not asked.
inline bool names_place(std::string_view program) noexcept { return program.find('/') != std::string_view::npos; }

/// The variable that says how names of programs may end; empty: they are written in full.
inline constexpr std::string_view endings_variable;

/// Calls `put` with each name that a program may have which somebody calls `name`.
template <class Put>
inline void spellings(std::string_view name, const char*, Put&& put) {
    put(name);
}

/// The last part of a path.
inline std::string_view base_name(std::string_view path) noexcept { return path.substr(path.find_last_of('/') + 1); }

}  // namespace cohort::sys
