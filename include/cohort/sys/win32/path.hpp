/// @file
/// How paths and lists of directories are written, and where programs are sought.
#pragma once

#include "process.hpp"
#include "text.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cohort::sys {

/// How programs end a line.
inline constexpr std::string_view line_end = "\r\n";

/// What stands between the directories of PATH.
inline constexpr char path_list_separator = ';';

/// Where programs are sought by who has no PATH: where the system's own are. GetSystemDirectoryW.
COHORT_COLD inline std::string usual_path() {
    std::wstring system;
    std::wstring windows;
    const outcome<> first = detail::ask_text(
        system, [](wchar_t* to, ::DWORD room) { return ::GetSystemDirectoryW(to, room); });
    const outcome<> second = detail::ask_text(
        windows, [](wchar_t* to, ::DWORD room) { return ::GetWindowsDirectoryW(to, room); });
    std::string text;
    if (first) text = narrow(system);
    if (second) text += ';' + narrow(windows);
    return text;
}

/// The directory that an entry of PATH stands for, without its quotes. An empty one stands for none: what lies in the
/// current directory is run by who says so.
inline std::string_view path_list_entry(std::string_view entry) noexcept {
    if (entry.size() >= 2 && entry.front() == '"' && entry.back() == '"') return entry.substr(1, entry.size() - 2);
    return entry;
}

/// Whether the name says where the program is, so that PATH is not asked.
inline bool names_place(std::string_view program) noexcept {
    return program.find_first_of("/\\:") != std::string_view::npos;
}

/// The last part of a path.
inline std::string_view base_name(std::string_view path) noexcept {
    return path.substr(path.find_last_of("/\\:") + 1);
}

/// The variable that says how names of programs may end.
inline constexpr std::string_view endings_variable = "PATHEXT";

/// Calls `put` with each name that a program may have which somebody calls `name`: as it is if it has an ending, then
/// with each of `endings` that is a program's or a batch file's; at last as it is.
template <class Put>
COHORT_COLD inline void spellings(std::string_view name, const char* endings, Put&& put) {
    const bool ending = base_name(name).find('.') != std::string_view::npos;
    if (ending) put(name);
    std::string_view rest = endings ? endings : ".COM;.EXE;.BAT;.CMD";
    for (bool more = true; more;) {
        const std::size_t end = rest.find(';');
        const std::string_view one = rest.substr(0, end);
        for (const std::wstring_view known : {L".com", L".exe", L".bat", L".cmd"}) {
            const std::wstring written = wide(one);
            if (::CompareStringOrdinal(written.data(), static_cast<int>(written.size()), known.data(),
                                       static_cast<int>(known.size()), TRUE) == CSTR_EQUAL)
                put(std::string(name).append(one));
        }
        more = end != std::string_view::npos;
        if (more) rest.remove_prefix(end + 1);
    }
    if (!ending) put(name);
}

}  // namespace cohort::sys
