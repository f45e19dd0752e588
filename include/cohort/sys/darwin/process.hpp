/// @file
/// This process, as only macOS tells it.
#pragma once

#include "../detail/invoke.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <mach-o/dyld.h>
#include <unistd.h>

namespace cohort::sys {

/// There is no path that opens the very file that this process runs.
inline constexpr char own_executable[] = "";

/// Writes the path by which the running program was started, zero-terminated, and gives its length. ERANGE: the buffer
/// is too small. EINTR does not occur. dyld(3), _NSGetExecutablePath.
inline outcome<std::size_t> executable_path(char* buffer, std::size_t size) noexcept {
    const outcome<> asked = detail::once<call::executable_path, void>([&] {
        std::uint32_t room = size < UINT32_MAX ? static_cast<std::uint32_t>(size) : UINT32_MAX;
        errno = ERANGE;
        return ::_NSGetExecutablePath(buffer, &room);
    });
    if (!asked) return failure(asked.error());
    return std::strlen(buffer);
}

/// What tools show this process as is the name of the file that was executed: ENOTSUP.
inline outcome<> set_process_name(const char*, std::size_t) noexcept { return failure(ENOTSUP); }

/// How many CPUs there are: a process cannot be kept to some of them. EINTR does not occur. sysconf(3).
inline outcome<int> usable_cpus() noexcept {
    const outcome<int> count = COHORT_SYS_ONCE(affinity, int, static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)));
    if (!count) return count;
    return *count > 0 ? *count : 1;
}

}  // namespace cohort::sys
