/// @file
/// This process: its ids, directory, environment and end; waiting for a child by number.
#pragma once

#include "../detail/invoke.hpp"
#include "../exit_info.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// Not every system's headers declare it.
extern "C" char** environ;

namespace cohort::sys {

/// The number of a process.
using process_id = ::pid_t;

/// This process. Cannot fail. getpid(2).
inline process_id getpid() noexcept { return ::getpid(); }

/// The parent of this process, or who adopted it. Cannot fail. getppid(2).
inline process_id getppid() noexcept { return ::getppid(); }

/// Writes the current directory with its terminating zero and gives its length. ERANGE: the buffer is too small;
/// ENOENT: the directory has been removed. EINTR does not occur. getcwd(3).
inline outcome<std::size_t> getcwd(char* buffer, std::size_t size) noexcept {
    const outcome<> asked = COHORT_SYS_ONCE(getcwd, void, ::getcwd(buffer, size) ? 0 : -1);
    if (!asked) return failure(asked.error());
    return std::strlen(buffer);
}

/// The environment as exec takes it; null after clearenv. Not to be changed while another thread reads it. environ(7).
inline char** environment() noexcept { return ::environ; }

/// Ends the process at once: no atexit, no destructors, no flushing. _exit(2).
[[noreturn]] inline void exit_now(int code) noexcept { ::_exit(code); }

namespace detail {
inline exit_info from_wait_status(int status) noexcept {
    if (WIFEXITED(status)) return exit_info(exit_kind::exited, WEXITSTATUS(status));
    return exit_info(WCOREDUMP(status) ? exit_kind::dumped : exit_kind::signaled, WTERMSIG(status));
}
}  // namespace detail

namespace detail {
/// The unit of ru_maxrss.
inline constexpr std::uint64_t max_rss_unit = COHORT_OS_MACOS ? 1 : 1024;

template <call Which> COHORT_COLD inline outcome<exit_info> wait_child(process_id pid, bool nohang) noexcept {
    int status = 0;
    struct ::rusage used {};
    const outcome<process_id> waited =
        retried<Which, process_id>([&] { return ::wait4(pid, &status, nohang ? WNOHANG : 0, &used); });
    if (!waited) return failure(waited.error());
    if (*waited == 0) return failure(EAGAIN);
    exit_info result = from_wait_status(status);
    result.user_time = in_microseconds(used.ru_utime.tv_sec, used.ru_utime.tv_usec);
    result.system_time = in_microseconds(used.ru_stime.tv_sec, used.ru_stime.tv_usec);
    result.max_rss = static_cast<std::uint64_t>(used.ru_maxrss) * max_rss_unit;
    return result;
}
}  // namespace detail

/// Waits for the child `pid` (never for any child), reaps it and gives its status. With `nohang` a child that still
/// runs is EAGAIN (`would_block()`). ECHILD: not a child, or another wait took its status. EINTR: retried. wait4(2).
inline outcome<exit_info> wait_pid(process_id pid, bool nohang) noexcept {
    if (pid <= 0) return failure(EINVAL);
    return detail::wait_child<call::wait_pid>(pid, nohang);
}

}  // namespace cohort::sys
