/// @file
/// Starting a program: a vfork, so that its time does not grow with the parent's memory. For FreeBSD; macOS has a
/// posix_spawn(2) that does what is needed here.
///
/// Why it is correct. The spawning thread is suspended until the child executes or ends, so its stack frame, which
/// holds the plan and the report, stays as it is; the child runs in a function of its own, below that frame. Other
/// threads run on and may spawn at the same time. All signals of the thread are blocked around the vfork, so that no
/// handler runs in the child (spawn_child.hpp says how it goes on).
///
/// The queue that names the process is made before there is one: afterwards it can only fail to be watched for want of
/// the kernel's own memory, and then the child is killed and reaped.
#pragma once

#include "../detail/invoke.hpp"
#include "../platform.hpp"
#include "pidfd.hpp"
#include "spawn_child.hpp"

#include <cerrno>
#include <cstddef>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cohort::sys {

namespace detail {

/// The vfork itself. What the child changes here, it changes for the parent as well.
COHORT_NOINLINE COHORT_NO_SANITIZE inline outcome<::pid_t> vfork_child(spawn_job& job) noexcept {
    return once<call::spawn_clone, ::pid_t>([&]() COHORT_NO_SANITIZE {
        ::pid_t pid;
        int error;
        {
            const all_signals_blocked blocked;
            pid = ::vfork();
            if (pid == 0) child_main(job);
            error = errno;
        }
        errno = error;  // a handler may have run meanwhile
        return pid;
    });
}

}  // namespace detail

/// Starts a program. On success it has been executed: what is read from `plan` may go, and a signal sent to it reaches
/// the new program. On failure `why` names the step and its error, the child has been waited for, and nothing of it is
/// left.
///
/// The child has exactly the descriptors of the plan, default dispositions and an empty signal mask, whatever this
/// process has. Any number of threads may spawn at once; the calling thread alone is held until the exec. EINTR does
/// not occur. vfork(2), execve(2).
COHORT_COLD inline outcome<spawned> spawn(const spawn_plan& plan, spawn_failure& why) noexcept {
    why = spawn_failure();
    if (plan.programs.empty() || !plan.arguments || (plan.new_session && plan.process_group))
        return detail::fail_spawn(why, spawn_step::prepare, EINVAL);
    detail::spawn_lists lists(plan.descriptors.size());
    if (!lists.valid()) return detail::fail_spawn(why, spawn_step::prepare, ENOMEM);
    if (const int error = detail::arrange_descriptors(plan, lists))
        return detail::fail_spawn(why, spawn_step::prepare, error);
    detail::spawn_job job;
    job.plan = &plan;
    job.count = lists.count();
    job.sources = lists.sources();
    job.lift = lists.lift();
    job.kept = lists.kept();

    const outcome<int> queue = detail::process_queue();
    if (!queue) return detail::fail_spawn(why, spawn_step::clone, queue.error());
    const outcome<::pid_t> pid = detail::vfork_child(job);
    if (!pid) {
        detail::drop_queue(*queue);
        return detail::fail_spawn(why, spawn_step::clone, pid.error());
    }
    if (job.failure.step == spawn_step::none) return detail::named_child(*pid, *queue, why);
    why = job.failure;
    detail::drop_queue(*queue);
    detail::reap_failed(*pid);
    return failure(why.error);
}

}  // namespace cohort::sys
