/// @file
/// The child's side of `spawn`: a fixed list of system calls between the clone and the exec.
///
/// Why it is correct. The child may share the memory of a process with many threads, while only the spawning thread is
/// suspended. So it calls one function of the C library, `syscall`, which the parent has called just before (no lazy
/// binding here), and never a wrapper with state: no locks, no allocation, no stdio, and the kernel's own setuid
/// instead of the C library's, which would change the parent's threads. It writes to its own stack, to `errno` of the
/// suspended thread and to its `spawn_job`. All signals are blocked from before the clone until just before the exec,
/// and the dispositions are the child's own copy (no CLONE_SIGHAND) and at their default by then: no handler of the
/// parent ever runs here. It leaves by execve or exit_group. Sanitizers do not instrument it.
#pragma once

#include "../detail/invoke.hpp"
#include "../platform.hpp"
#include "../posix/spawn_plan.hpp"
#include "child_state.hpp"

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cohort::sys::detail {

/// What the parent has worked out for the child.
struct spawn_job {
    const spawn_plan* plan = nullptr;
    std::size_t count = 0;   ///< mappings
    int* sources = nullptr;  ///< source of each mapping; the child replaces it where it has to be moved out of the way
    int* lift = nullptr;     ///< whether it has to be
    int* kept = nullptr;     ///< the child's descriptors in ascending order
    ::pid_t parent = 0;
    int near_end = -1;     ///< the parent's end of the socket pair, which the child only closes
    int report = -1;       ///< the child's end of the socket pair where memory may not be shared
    bool gated = false;    ///< wait for a byte from the parent first
    bool started = false;  ///< seen by the parent only if memory is shared
    spawn_failure failure;
};

/// syscall(2) takes words: an int in the variable part would leave the upper half of its register undefined.
template <class T> COHORT_ALWAYS_INLINE COHORT_NO_SANITIZE inline long widened(T value) noexcept {
    if constexpr (std::is_pointer_v<T>)
        return reinterpret_cast<long>(value);
    else if constexpr (std::is_null_pointer_v<T>)
        return 0;
    else
        return static_cast<long>(value);
}

COHORT_COLD COHORT_NO_SANITIZE inline long child_syscall(long number, long a = 0, long b = 0, long c = 0, long d = 0,
                                                         long e = 0) noexcept {
    const long result = ::syscall(number, a, b, c, d, e);
    return result == -1 ? -errno : result;
}

/// One system call of the child: its value, or the negative error number.
template <call Which, class... Args>
COHORT_ALWAYS_INLINE COHORT_NO_SANITIZE inline long child_call(long number, Args... args) noexcept {
#if defined(COHORT_FAULTS)
    if (const int error = fault::detail::arrive(Which).error) return -error;
#endif
    return child_syscall(number, widened(args)...);
}

COHORT_COLD COHORT_NO_SANITIZE inline bool child_keeps(const spawn_job& job, int fd) noexcept {
    std::size_t low = 0;
    std::size_t high = job.count;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (job.kept[middle] < fd)
            low = middle + 1;
        else
            high = middle;
    }
    return low < job.count && job.kept[low] == fd;
}

/// Copies a descriptor to a number that no mapping wants: above all of them, or, where the limit of open files forbids
/// that, any free one.
COHORT_COLD COHORT_NO_SANITIZE inline long child_lift(const spawn_job& job, int fd) noexcept {
    long moved = child_call<call::spawn_dup>(SYS_fcntl, fd, F_DUPFD_CLOEXEC, job.kept[job.count - 1] + 1);
    if (moved != -EINVAL && moved != -EMFILE) return moved;
    int minimum = 0;
    for (;;) {
        moved = child_call<call::spawn_dup>(SYS_fcntl, fd, F_DUPFD_CLOEXEC, minimum);
        // A copy that lands on a wanted number stays there until it is replaced.
        if (moved < 0 || !child_keeps(job, static_cast<int>(moved))) return moved;
        minimum = static_cast<int>(moved) + 1;
    }
}

/// Two phases, so that any permutation works: first every source that a copy would overwrite moves away, then each goes
/// into place. The copies are open across exec; a descriptor that is in place already only loses its close-on-exec.
COHORT_COLD COHORT_NO_SANITIZE inline int child_place_descriptors(spawn_job& job) noexcept {
    for (std::size_t i = 0; i < job.count; ++i) {
        if (!job.lift[i]) continue;
        const long moved = child_lift(job, job.sources[i]);
        if (moved < 0) return static_cast<int>(-moved);
        job.sources[i] = static_cast<int>(moved);
    }
    const fd_mapping* mappings = job.plan->descriptors.data();
    for (std::size_t i = 0; i < job.count; ++i) {
        const int target = mappings[i].child_fd;
        const long placed = job.sources[i] == target ? child_call<call::spawn_keep>(SYS_fcntl, target, F_SETFD, 0)
                                                     : child_call<call::spawn_dup>(SYS_dup3, job.sources[i], target, 0);
        if (placed < 0) return static_cast<int>(-placed);
    }
    return 0;
}

COHORT_COLD COHORT_NO_SANITIZE inline bool child_close_ranges(const spawn_job& job) noexcept {
    unsigned first = 0;
    for (std::size_t i = 0; i < job.count; ++i) {
        const unsigned keep = static_cast<unsigned>(job.kept[i]);
        if (keep > first &&
            child_call<call::spawn_close_range>(SYS_close_range, first, keep - 1, CLOSE_RANGE_CLOEXEC) < 0)
            return false;
        first = keep + 1;
    }
    return child_call<call::spawn_close_range>(SYS_close_range, first, ~0u, CLOSE_RANGE_CLOEXEC) >= 0;
}

/// For kernels before 5.11: marks what /proc/self/fd lists; without /proc, every number up to the limit of open files.
COHORT_COLD COHORT_NO_SANITIZE inline int child_close_listed(const spawn_job& job) noexcept {
    const long listing = child_call<call::spawn_close_others>(SYS_openat, AT_FDCWD, "/proc/self/fd",
                                                              O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (listing < 0) {
        // The hard limit: numbers above the soft one may be open if that was lowered later.
        std::uint64_t limit[2] = {0, 0};
        const long asked = child_call<call::spawn_close_others>(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, limit);
        if (asked < 0) return static_cast<int>(-asked);
        for (int fd = 0; fd < INT_MAX && static_cast<std::uint64_t>(fd) < limit[1]; ++fd)
            if (!child_keeps(job, fd)) ::syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
        return 0;
    }
    alignas(8) char entries[1024];
    for (;;) {
        const long size = child_call<call::spawn_close_others>(SYS_getdents64, listing, entries, sizeof entries);
        if (size < 0) return static_cast<int>(-size);
        if (size == 0) break;
        // struct linux_dirent64: inode (8), offset (8), record length (2), type (1), name.
        for (long at = 0; at < size;) {
            const char* entry = entries + at;
            std::uint16_t length;
            __builtin_memcpy(&length, entry + 16, sizeof length);
            at += length;
            int fd = 0;
            const char* digit = entry + 19;
            if (*digit < '0' || *digit > '9') continue;
            for (; *digit >= '0' && *digit <= '9'; ++digit) fd = fd * 10 + (*digit - '0');
            if (!child_keeps(job, fd)) ::syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
        }
    }
    ::syscall(SYS_close, listing);
    return 0;
}

/// All dispositions: exec would undo the handlers but keep what is ignored, and until then a handler could run here.
COHORT_COLD COHORT_NO_SANITIZE inline int child_reset_signals(const spawn_plan& plan) noexcept {
    kernel_sigaction action;
    for (int sig = 1; sig < NSIG; ++sig) {
        if (sig == SIGKILL || sig == SIGSTOP) continue;
        action.handler = plan.ignored_signals >> (sig - 1) & 1;  // SIG_IGN is 1
        const long set = child_call<call::spawn_signals>(SYS_rt_sigaction, sig, &action, nullptr, kernel_sigset_size);
        if (set < 0) return static_cast<int>(-set);
    }
    return 0;
}

COHORT_COLD COHORT_NO_SANITIZE inline int child_exec(const spawn_plan& plan) noexcept {
    static constexpr const char* nothing[] = {nullptr};
    const char* const* environment = plan.environment ? plan.environment : nothing;
    const char* const* programs = plan.programs.data();
    bool forbidden = false;
    int last = ENOENT;
    for (std::size_t i = 0; i < plan.programs.size(); ++i) {
        last = static_cast<int>(-child_call<call::spawn_exec>(SYS_execve, programs[i], plan.arguments, environment));
        if (!search_goes_on(last, forbidden)) return last;
    }
    return forbidden ? EACCES : last;
}

/// Fails the spawn at `step`. Memory that is shared needs no more than the store; else the parent reads it from the
/// socket.
[[noreturn]] COHORT_NO_SANITIZE inline void child_fails(spawn_job& job, spawn_step step, int error) noexcept {
    job.failure.error = error;
    job.failure.step = step;
    if (job.report >= 0) ::syscall(SYS_sendto, job.report, &job.failure, sizeof job.failure, MSG_NOSIGNAL, nullptr, 0);
    for (;;) ::syscall(SYS_exit_group, 127);
}

/// Where the child begins. Does not return.
COHORT_COLD COHORT_NO_SANITIZE inline int child_main(void* argument) noexcept {
    spawn_job& job = *static_cast<spawn_job*>(argument);
    const spawn_plan& plan = *job.plan;
    job.started = true;
    const auto check = [&job](spawn_step step, long result) COHORT_NO_SANITIZE {
        if (result < 0) child_fails(job, step, static_cast<int>(-result));
    };
    if (job.near_end >= 0) ::syscall(SYS_close, job.near_end);
    if (job.report >= 0 && job.count > 0 && job.report <= job.kept[job.count - 1])
        check(spawn_step::descriptors, job.report = static_cast<int>(child_lift(job, job.report)));
    if (job.gated) {
        // The parent opens its pidfd first. If it cannot, or dies, there is no child.
        char go;
        long got;
        while ((got = ::syscall(SYS_recvfrom, job.report, &go, 1, 0, nullptr, nullptr)) == -1 && errno == EINTR) {}
        if (got != 1) child_fails(job, spawn_step::clone, ECANCELED);
    }
    check(spawn_step::signals, -child_reset_signals(plan));
    if (plan.new_session) check(spawn_step::session, child_call<call::spawn_session>(SYS_setsid));
    if (plan.process_group)
        check(spawn_step::process_group, child_call<call::spawn_group>(SYS_setpgid, 0, *plan.process_group));
    if (plan.directory) check(spawn_step::directory, child_call<call::spawn_directory>(SYS_chdir, plan.directory));
    if (plan.umask) ::syscall(SYS_umask, *plan.umask);
    if (plan.priority)
        check(spawn_step::priority, child_call<call::spawn_priority>(SYS_setpriority, PRIO_PROCESS, 0, *plan.priority));
    check(spawn_step::descriptors, -child_place_descriptors(job));
    if (!child_close_ranges(job)) check(spawn_step::close_others, -child_close_listed(job));
    for (std::size_t i = 0; i < plan.limits.size(); ++i) {
        const resource_limit& limit = plan.limits.data()[i];
        const std::uint64_t values[2] = {limit.soft, limit.hard};
        check(spawn_step::limits, child_call<call::spawn_limits>(SYS_prlimit64, 0, limit.resource, values, nullptr));
    }
    if (plan.groups)
        check(spawn_step::groups,
              child_call<call::spawn_groups>(SYS_setgroups, plan.groups->size(), plan.groups->data()));
    if (plan.group)
        check(spawn_step::group_id,
              child_call<call::spawn_group_id>(SYS_setresgid, *plan.group, *plan.group, *plan.group));
    if (plan.user)
        check(spawn_step::user_id, child_call<call::spawn_user_id>(SYS_setresuid, *plan.user, *plan.user, *plan.user));
    if (plan.parent_death_signal != 0) {
        // After the ids: a change of them would clear it. The parent may have died before this.
        check(spawn_step::parent_death,
              child_call<call::spawn_parent_death>(SYS_prctl, PR_SET_PDEATHSIG, plan.parent_death_signal, 0, 0, 0));
        const long parent = ::syscall(SYS_getppid);  // 0: it is outside of the child's pid namespace
        if (parent != job.parent && parent != 0) child_fails(job, spawn_step::parent_death, ESRCH);
    }
    const kernel_sigset none{};
    check(spawn_step::signals,
          child_call<call::spawn_signals>(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, kernel_sigset_size));
    child_fails(job, spawn_step::exec, child_exec(plan));
}

}  // namespace cohort::sys::detail
