/// @file
/// The path of an open file.
#pragma once

#include <climits>

#include <fcntl.h>

namespace cohort::sys::detail {

/// Writes the path, zero-terminated. -1 and errno: what is no file has none. fcntl(2), F_GETPATH.
inline int path_of_descriptor(int fd, char (&path)[PATH_MAX]) noexcept { return ::fcntl(fd, F_GETPATH, path); }

}  // namespace cohort::sys::detail
