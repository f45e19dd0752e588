/// @file
/// Starting a program: one clone that shares the parent's memory until the exec, so that its time does not grow with
/// the parent's size.
///
/// Why it is correct. The spawning thread is suspended (CLONE_VFORK) while the child uses its memory (CLONE_VM), so its
/// stack frame, which holds the child's stack, the plan and the report, stays as it is; other threads run on and may
/// spawn at the same time, each with a frame of its own. All signals of the thread, those of the C library included,
/// are blocked around the clone, so that no handler runs in the child (spawn_child.hpp says how it goes on). The
/// child's descriptors are a copy (no CLONE_FILES).
///
/// Where memory is not really shared (emulators, valgrind) the child is an ordinary copy and reports over a socket
/// pair. Which of the two it is, is found out by the first spawn of the process, which prepares for both;
/// ThreadSanitizer's own clone cannot share memory, so there it is the copy from the start. Where there is no
/// CLONE_PIDFD the copy waits for a byte before it does anything: if the parent cannot open the pidfd, the program has
/// not been started.
#pragma once

#include "../../detail/atomic.hpp"
#include "../detail/invoke.hpp"
#include "../platform.hpp"
#include "../posix/spawn_descriptors.hpp"
#include "../posix/spawn_plan.hpp"
#include "child_state.hpp"
#include "pidfd.hpp"
#include "spawn_child.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cohort::sys {

namespace detail {

enum class clone_mode : std::uint8_t {
    unknown,  ///< no spawn yet
    shared,   ///< CLONE_VM, CLONE_VFORK, CLONE_PIDFD
    copy,     ///< CLONE_PIDFD
    gated,    ///< a copy that waits until its pidfd has been opened
};
/// What the first spawn has found out. A race only finds it out twice.
inline cohort::detail::atomic<clone_mode> spawn_mode{COHORT_TSAN ? clone_mode::copy : clone_mode::unknown};

/// The clone itself, with the child's stack in this frame.
COHORT_NOINLINE inline outcome<spawned> clone_child(spawn_job& job, int flags) noexcept {
    alignas(64) unsigned char stack[24 * 1024];
    spawned child;
    const outcome<int> pid = once<call::spawn_clone, int>([&] {
        int result;
        int error;
        {
            const all_signals_blocked blocked;
            result = ::clone(child_main, stack + sizeof stack, flags | SIGCHLD, &job, &child.pidfd);
            error = errno;
        }
        errno = error;  // a handler may have run meanwhile
        return result;
    });
    if (!pid) return failure(pid.error());
    child.pid = *pid;
    return child;
}

/// Takes the status of a child that has failed, without the seam: nothing of it may stay.
COHORT_COLD inline void reap(const spawned& child) noexcept {
    ::siginfo_t info;
    while (::syscall(SYS_waitid, child.pidfd >= 0 ? p_pidfd : static_cast<int>(P_PID),
                     child.pidfd >= 0 ? child.pidfd : child.pid, &info, WEXITED, nullptr) == -1 &&
           errno == EINTR) {}
    if (child.pidfd >= 0) ::close(child.pidfd);
}

/// What the child wrote on its socket; nothing, if its exec closed it.
COHORT_COLD inline spawn_failure read_report(int socket) noexcept {
    spawn_failure report;
    ::ssize_t got;
    while ((got = ::recv(socket, &report, sizeof report, 0)) == -1 && errno == EINTR) {}
    return got == static_cast<::ssize_t>(sizeof report) ? report : spawn_failure();
}

COHORT_COLD inline outcome<spawned> fail_spawn(spawn_failure& why, spawn_step step, int error) noexcept {
    why.step = step;
    why.error = error;
    return failure(error);
}

/// Whether a clone failed because the kernel, or what stands in for it, does not know a flag.
inline bool flags_unknown(const outcome<spawned>& made) noexcept {
    return made.error() == EINVAL || made.error() == ENOSYS;
}

COHORT_COLD inline outcome<spawned> spawn_copy(spawn_job& job, spawn_failure& why, bool gated) noexcept {
    const int near_end = job.near_end;
    outcome<spawned> made = failure(EINVAL);
    if (!gated) made = clone_child(job, CLONE_PIDFD);
    if (gated || flags_unknown(made)) {
        spawn_mode.store(clone_mode::gated, cohort::detail::memory_order::relaxed);
        job.gated = true;
        made = clone_child(job, 0);
    }
    ::close(job.report);
    if (!made) {
        ::close(near_end);
        return fail_spawn(why, spawn_step::clone, made.error());
    }
    spawned child = *made;
    if (job.gated) {
        const outcome<int> pidfd = pidfd_open(child.pid);
        child.pidfd = pidfd.value_or(-1);
        if (pidfd) {
            ::send(near_end, "", 1, MSG_NOSIGNAL);
        } else {
            why.step = spawn_step::clone;
            why.error = pidfd.error();
            // Not by closing: the child of another thread may hold a copy until its own exec.
            ::shutdown(near_end, SHUT_RDWR);
        }
    }
    if (why.error == 0) why = read_report(near_end);
    ::close(near_end);
    if (why.error == 0) return child;
    reap(child);
    return failure(why.error);
}

}  // namespace detail

/// Starts a program. On success it has been executed: what is read from `plan` may go, and a signal sent to it reaches
/// the new program. On failure `why` names the step and its error, the child has been waited for, and nothing of it is
/// left.
///
/// The child has exactly the descriptors of the plan, default dispositions and an empty signal mask, whatever this
/// process has. Any number of threads may spawn at once; the calling thread alone is held until the exec. Its stack
/// needs 32 KiB. EINTR does not occur. clone(2), vfork(2), execve(2).
COHORT_COLD inline outcome<spawned> spawn(const spawn_plan& plan, spawn_failure& why) noexcept {
    why = spawn_failure();
    if (plan.programs.empty() || !plan.arguments || (plan.new_session && plan.process_group))
        return detail::fail_spawn(why, spawn_step::prepare, EINVAL);
    detail::spawn_lists lists(plan.descriptors.size());
    if (!lists.valid()) return detail::fail_spawn(why, spawn_step::prepare, ENOMEM);
    detail::spawn_job job;
    job.plan = &plan;
    job.parent = ::getpid();
    if (const int error = detail::arrange_descriptors(plan, lists))
        return detail::fail_spawn(why, spawn_step::prepare, error);
    job.count = lists.count();
    job.kept = lists.kept();
    job.sources = lists.sources();
    job.lift = lists.lift();

    using mode_type = detail::clone_mode;
    constexpr auto relaxed = cohort::detail::memory_order::relaxed;
    const mode_type mode = detail::spawn_mode.load(relaxed);
    if (mode != mode_type::shared) {
        int ends[2] = {-1, -1};
        const outcome<> made =
            COHORT_SYS_ONCE(socketpair, void, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
        if (!made) return detail::fail_spawn(why, spawn_step::prepare, made.error());
        job.near_end = ends[0];
        job.report = ends[1];
        if (mode != mode_type::unknown) return detail::spawn_copy(job, why, mode == mode_type::gated);
    }

    // The child may change what the job says of the report: it shares the job, but not the descriptors.
    const int report = job.report;
    const outcome<spawned> child = detail::clone_child(job, CLONE_VM | CLONE_VFORK | CLONE_PIDFD);
    if (mode == mode_type::unknown) {
        if (detail::flags_unknown(child)) {
            detail::spawn_mode.store(mode_type::copy, relaxed);
            return detail::spawn_copy(job, why, false);
        }
        ::close(report);
        if (child) {
            detail::spawn_mode.store(job.started ? mode_type::shared : mode_type::copy, relaxed);
            if (!job.started) job.failure = detail::read_report(job.near_end);
        }
        ::close(job.near_end);
    }
    if (!child) return detail::fail_spawn(why, spawn_step::clone, child.error());
    if (job.failure.step == spawn_step::none) return child;
    why = job.failure;
    detail::reap(*child);
    return failure(why.error);
}

}  // namespace cohort::sys
