/// @file
/// This process, as only FreeBSD tells it.
#pragma once

#include "../detail/invoke.hpp"

#include <cerrno>
#include <cstddef>

#include <sys/param.h>

#include <sys/cpuset.h>
#include <sys/sysctl.h>
#include <sys/types.h>

namespace cohort::sys {

/// There is no path that opens the very file that this process runs.
inline constexpr char own_executable[] = "";

/// Writes the path of the running program, zero-terminated, and gives its length. ERANGE: the buffer is too small;
/// ENOENT: the file has been removed or renamed. EINTR does not occur. sysctl(3), KERN_PROC_PATHNAME.
inline outcome<std::size_t> executable_path(char* buffer, std::size_t size) noexcept {
    std::size_t length = size;
    const outcome<> asked = detail::once<call::executable_path, void>([&] {
        const int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1};
        return ::sysctl(name, 4, buffer, &length, nullptr, 0);
    });
    if (asked.error() == ENOMEM) return failure(ERANGE);
    if (!asked) return failure(asked.error());
    return length > 0 ? length - 1 : 0;
}

/// What tools show this process as is the name of the file that was executed: ENOTSUP.
inline outcome<> set_process_name(const char*, std::size_t) noexcept { return failure(ENOTSUP); }

/// On how many CPUs this process may run: its affinity mask, which is what cpuset(1) leaves; at least 1. EINTR does not
/// occur. cpuset_getaffinity(2).
inline outcome<int> usable_cpus() noexcept {
    ::cpuset_t mask;
    const outcome<> asked = COHORT_SYS_ONCE(
        affinity, void, ::cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof mask, &mask));
    if (!asked) return failure(asked.error());
    const int count = CPU_COUNT(&mask);
    return count > 0 ? count : 1;
}

}  // namespace cohort::sys
