/// @file
/// Anonymous files. Objects in memory cannot be read and written on macOS, only mapped, so this is a file of the user's
/// own temporary directory whose name is removed at once.
#pragma once

#include "../detail/invoke.hpp"

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cohort::sys {

/// A file without a name in any directory, close-on-exec. Errors: those of open(2) for the temporary directory. EINTR
/// does not occur. confstr(3), mkostemp(3), unlink(2).
inline outcome<int> memfd_create(const char*, unsigned = 0) noexcept {
    return detail::once<call::memfd_create, int>([] {
        constexpr char pattern[] = "cohort.XXXXXXXX";
        char path[PATH_MAX];
        const std::size_t length = ::confstr(_CS_DARWIN_USER_TEMP_DIR, path, sizeof path - sizeof pattern);
        if (length == 0 || length > sizeof path - sizeof pattern) std::strcpy(path, "/tmp/");
        std::strcat(path, pattern);
        const int made = ::mkostemp(path, O_CLOEXEC);
        if (made >= 0) ::unlink(path);
        return made;
    });
}

}  // namespace cohort::sys
