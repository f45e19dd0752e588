/// @file
/// Processes by descriptor: a pidfd names one process for as long as it is open, whatever becomes of the number.
#pragma once

#include "../detail/invoke.hpp"
#include "../exit_info.hpp"
#include "../posix/process.hpp"

#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <linux/ioctl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cohort::sys {

/// A descriptor of the process `pid`, close-on-exec; readable when the process has ended. EINTR does not occur.
/// pidfd_open(2), Linux 5.3.
inline outcome<int> pidfd_open(::pid_t pid) noexcept {
    return COHORT_SYS_ONCE(pidfd_open, int, ::syscall(SYS_pidfd_open, pid, 0));
}

/// Sends a signal to that process and never to a successor of its number; ESRCH once it has been waited for. EINTR does
/// not occur. pidfd_send_signal(2), Linux 5.1.
inline outcome<> pidfd_send_signal(int pidfd, int sig) noexcept {
    return COHORT_SYS_ONCE(pidfd_send_signal, void, ::syscall(SYS_pidfd_send_signal, pidfd, sig, nullptr, 0));
}

/// Sends a signal to the group that the process behind `pidfd` leads or led, also when that has been waited for, and
/// never to a successor of its number. 0 only asks. ESRCH: the group has no member; one that nobody has waited for is a
/// member. EINVAL: before Linux 6.9. EINTR does not occur. pidfd_send_signal(2).
inline outcome<> pidfd_signal_group(int pidfd, int sig) noexcept {
    constexpr unsigned process_group = 1u << 2;  // PIDFD_SIGNAL_PROCESS_GROUP; older headers do not name it
    return COHORT_SYS_ONCE(pidfd_send_signal, void,
                           ::syscall(SYS_pidfd_send_signal, pidfd, sig, nullptr, process_group));
}

namespace detail {

inline constexpr int p_pidfd = 3;  // idtype_t P_PIDFD; older C libraries do not name it

// The kernel's struct rusage of waitid: longs on every architecture, whatever the C library made of time_t.
struct kernel_rusage {
    long user_seconds, user_microseconds, system_seconds, system_microseconds;
    long max_rss;
    long others[13];
};

// The first published size (64 bytes) of struct pidfd_info; later kernels accept it.
struct pidfd_info_v0 {
    std::uint64_t mask;
    std::uint64_t cgroup_id;
    std::uint32_t pid, thread_group, parent;
    std::uint32_t ids[8];
    std::int32_t exit_code;
};
static_assert(sizeof(pidfd_info_v0) == 64);
inline constexpr std::uint64_t pidfd_info_exit = 1u << 3;
inline constexpr unsigned long pidfd_get_info = _IOWR(0xFF, 11, pidfd_info_v0);

}  // namespace detail

/// Waits for the child behind `pidfd`, reaps it and gives its status and its use of resources. With `nohang` a child
/// that still runs is EAGAIN (`would_block()`). ECHILD: not a child of this process, or another wait took its status;
/// then `pidfd_exit_info` may know more. EINTR: retried. waitid(2), P_PIDFD, Linux 5.4.
inline outcome<exit_info> wait_pidfd(int pidfd, bool nohang) noexcept {
    ::siginfo_t info{};
    detail::kernel_rusage used{};
    const outcome<> waited = detail::retried<call::pidfd_wait, void>([&] {
        // The raw call: the C library's waitid does not give the usage.
        return ::syscall(SYS_waitid, detail::p_pidfd, pidfd, &info, WEXITED | (nohang ? WNOHANG : 0), &used);
    });
    if (!waited) return failure(waited.error());
    if (info.si_pid == 0) return failure(EAGAIN);
    const exit_kind how = info.si_code == CLD_EXITED   ? exit_kind::exited
                          : info.si_code == CLD_DUMPED ? exit_kind::dumped
                                                       : exit_kind::signaled;
    exit_info result(how, info.si_status);
    result.user_time = detail::in_microseconds(used.user_seconds, used.user_microseconds);
    result.system_time = detail::in_microseconds(used.system_seconds, used.system_microseconds);
    result.max_rss = static_cast<std::uint64_t>(used.max_rss) * 1024;
    return result;
}

/// The status of a process that somebody else has waited for, as the kernel keeps it for whoever holds a pidfd; without
/// the use of resources. EAGAIN: nobody has waited yet. ENOTTY or EINVAL: the kernel is older than 6.15; ENOSYS: an
/// emulator does not know the call. ESRCH: the status is not kept. EINTR does not occur. ioctl(2), PIDFD_GET_INFO.
inline outcome<exit_info> pidfd_exit_info(int pidfd) noexcept {
    detail::pidfd_info_v0 info{};
    info.mask = detail::pidfd_info_exit;
    const outcome<> asked =
        COHORT_SYS_ONCE(pidfd_info, void, ::ioctl(pidfd, detail::pidfd_get_info, &info));
    if (!asked) return failure(asked.error());
    if ((info.mask & detail::pidfd_info_exit) == 0) return failure(EAGAIN);
    return detail::from_wait_status(info.exit_code);
}

}  // namespace cohort::sys
