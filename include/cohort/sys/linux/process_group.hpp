/// @file
/// Process groups whose leader may have ended before the others.
#pragma once

#include "../../detail/decimal.hpp"
#include "../detail/invoke.hpp"
#include "../platform.hpp"
#include "../posix/file.hpp"
#include "../posix/io.hpp"
#include "../posix/process.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <dirent.h>

namespace cohort::sys {

namespace detail {

/// Whether /proc/NUMBER/stat shows a process of the group that has not ended, or might if it could be opened.
COHORT_COLD inline bool runs_in_group(const char* number, process_id group) noexcept {
    char path[64] = "/proc/";
    if (std::strlen(number) > 20) return false;
    std::strcat(std::strcat(path, number), "/stat");
    const outcome<int> opened = open(path, open_read);
    // Gone meanwhile, or somebody else's; but where this process may open no more files it cannot tell.
    if (!opened) return opened.error() == EMFILE || opened.error() == ENFILE || opened.error() == ENOMEM;
    char text[512];
    const outcome<std::size_t> length = read(*opened, text, sizeof text - 1);
    static_cast<void>(close(*opened));
    if (!length) return false;
    text[*length] = '\0';
    // `4711 (name) S 1 4711 ...`: the name may hold anything, the last parenthesis ends it.
    const char* p = std::strrchr(text, ')');
    if (!p || p[1] != ' ' || p[2] == 'Z' || p[2] == 'X' || p[2] == '\0') return false;
    const char* parent_end = std::strchr(p + 4, ' ');
    if (!parent_end) return false;
    std::uint32_t found = 0;
    cohort::detail::read_decimal(parent_end + 1, found);
    return found == static_cast<std::uint32_t>(group);
}

}  // namespace detail

/// Whether a member of the group runs: not one that has ended and that nobody has waited for, as the orphans of a
/// container without an init. Looks at all processes. Where it cannot look, without /proc or without a descriptor for
/// it, the answer is true. proc(5).
COHORT_COLD inline bool group_runs(process_id group) noexcept {
    ::DIR* const all = ::opendir("/proc");
    if (!all) return true;
    bool found = false;
    while (const ::dirent* one = found ? nullptr : ::readdir(all))
        found = one->d_name[0] >= '1' && one->d_name[0] <= '9' && detail::runs_in_group(one->d_name, group);
    ::closedir(all);
    return found;
}

}  // namespace cohort::sys
