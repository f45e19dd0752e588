/// @file
/// This process, as only Linux tells it.
#pragma once

#include "../detail/invoke.hpp"
#include "../posix/file.hpp"
#include "../posix/io.hpp"

#include <cerrno>
#include <cstddef>

#include <sched.h>
#include <unistd.h>

namespace cohort::sys {

/// A path that opens the very file that this process runs, also if it has been replaced. proc(5).
inline constexpr char own_executable[] = "/proc/self/exe";

/// Writes the path of the running program, zero-terminated, and gives its length; it ends in " (deleted)" where the
/// file has been replaced. ERANGE: the buffer is too small. EINTR does not occur. proc(5), /proc/self/exe.
inline outcome<std::size_t> executable_path(char* buffer, std::size_t size) noexcept {
    const outcome<std::size_t> length =
        COHORT_SYS_ONCE(executable_path, std::size_t, ::readlink(own_executable, buffer, size));
    if (!length) return length;
    if (*length >= size) return failure(ERANGE);
    buffer[*length] = '\0';
    return length;
}

/// What tools show this process as; the kernel keeps the first 15 bytes. Errors: those of open(2), without /proc.
/// EINTR: retried. proc(5), /proc/self/comm.
inline outcome<> set_process_name(const char* name, std::size_t size) noexcept {
    const outcome<int> opened = open("/proc/self/comm", open_write);
    if (!opened) return failure(opened.error());
    const outcome<std::size_t> written = write(*opened, name, size);
    static_cast<void>(close(*opened));
    if (!written) return failure(written.error());
    return success();
}

/// On how many CPUs this process may run: its affinity mask, which is what taskset and cpusets leave; at least 1. A
/// quota of CPU time (cgroup cpu.max) is not a count of CPUs and is not looked at. EINTR does not occur.
/// sched_getaffinity(2).
inline outcome<int> usable_cpus() noexcept {
    // The kernel's mask may be larger than cpu_set_t (1024 CPUs): ask with room for 32768.
    constexpr std::size_t words = 32;
    ::cpu_set_t mask[words];
    const outcome<> asked =
        COHORT_SYS_ONCE(affinity, void, ::sched_getaffinity(0, sizeof mask, mask));
    if (!asked) return failure(asked.error());
    const int count = CPU_COUNT_S(sizeof mask, mask);
    return count > 0 ? count : 1;
}

}  // namespace cohort::sys
