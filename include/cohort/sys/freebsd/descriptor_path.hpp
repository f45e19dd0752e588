/// @file
/// The path of an open file.
#pragma once

#include <climits>
#include <cstring>

#include <fcntl.h>
#include <sys/types.h>

#include <sys/user.h>

namespace cohort::sys::detail {

/// Writes the path, zero-terminated and empty for what has none. -1 and errno. fcntl(2), F_KINFO, FreeBSD 13.
inline int path_of_descriptor(int fd, char (&path)[PATH_MAX]) noexcept {
    struct ::kinfo_file info {};
    info.kf_structsize = KINFO_FILE_SIZE;
    if (::fcntl(fd, F_KINFO, &info) == -1) return -1;
    static_assert(sizeof info.kf_path <= PATH_MAX);
    std::memcpy(path, info.kf_path, sizeof info.kf_path);
    return 0;
}

}  // namespace cohort::sys::detail
