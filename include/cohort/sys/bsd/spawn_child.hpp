/// @file
/// The child side of `spawn` by vfork: from the vfork to the exec.
///
/// Why it is correct. The child runs in the parent's memory while the thread that spawned it is suspended, and other
/// threads run on. So it makes system calls that keep no state in the C library, and no others: no locks, no
/// allocation, no stdio; dispositions and mask by the system's own calls (child_state.hpp). It writes to its own stack,
/// to `errno` of the suspended thread and to its `spawn_job`. All signals are blocked from before the vfork until just
/// before the exec, and the dispositions are the child's own copy and at their default by then: no handler of the
/// parent ever runs here. Its descriptors are a copy. It leaves by execve or _exit. Sanitizers do not instrument it.
#pragma once

#include "../child_state.hpp"
#include "../detail/invoke.hpp"
#include "../platform.hpp"
#include "../posix/spawn_descriptors.hpp"
#include "../posix/spawn_plan.hpp"

#include <cerrno>
#include <climits>
#include <cstddef>

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cohort::sys::detail {

/// What the parent has worked out for the child, and what the child says of its failure.
struct spawn_job {
    const spawn_plan* plan = nullptr;
    std::size_t count = 0;  ///< mappings
    int* sources = nullptr;
    int* lift = nullptr;
    int* kept = nullptr;
    spawn_failure failure;
};

/// One system call of the child: 0 or more, or the negative error number.
template <call Which, class F>
COHORT_ALWAYS_INLINE COHORT_NO_SANITIZE inline long child_call(F f) noexcept {
#if defined(COHORT_FAULTS)
    if (const int error = fault::detail::arrive(Which).error) return -error;
#endif
    const long result = f();
    return result == -1 ? -errno : result;
}

/// Calls a function whose first parameter is of another type on each system.
template <class First, class Second, class Given>
COHORT_ALWAYS_INLINE COHORT_NO_SANITIZE inline int call_with(int (*function)(First, Second), Given first,
                                                             Second second) noexcept {
    return function(static_cast<First>(first), second);
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

COHORT_COLD COHORT_NO_SANITIZE inline long child_copy_above(int fd, int minimum) noexcept {
    return child_call<call::spawn_dup>([&]() COHORT_NO_SANITIZE { return ::fcntl(fd, F_DUPFD_CLOEXEC, minimum); });
}

/// Copies a descriptor to a number that no mapping wants: above all of them, or, where the limit of open files forbids
/// that, any free one.
COHORT_COLD COHORT_NO_SANITIZE inline long child_lift(const spawn_job& job, int fd) noexcept {
    long moved = child_copy_above(fd, job.kept[job.count - 1] + 1);
    if (moved != -EINVAL && moved != -EMFILE) return moved;
    int minimum = 0;
    for (;;) {
        moved = child_copy_above(fd, minimum);
        // A copy that lands on a wanted number stays there until it is replaced.
        if (moved < 0 || !child_keeps(job, static_cast<int>(moved))) return moved;
        minimum = static_cast<int>(moved) + 1;
    }
}

/// Two phases, so that any permutation works: first every source that a copy would overwrite moves away, then each goes
/// into place. The copies are open across exec; a descriptor that is in place already only loses its close-on-exec.
COHORT_COLD COHORT_NO_SANITIZE inline long child_place_descriptors(spawn_job& job) noexcept {
    for (std::size_t i = 0; i < job.count; ++i) {
        if (!job.lift[i]) continue;
        const long moved = child_lift(job, job.sources[i]);
        if (moved < 0) return moved;
        job.sources[i] = static_cast<int>(moved);
    }
    const fd_mapping* mappings = job.plan->descriptors.data();
    for (std::size_t i = 0; i < job.count; ++i) {
        const int source = job.sources[i];
        const int target = mappings[i].child_fd;
        const long placed =
            source == target
                ? child_call<call::spawn_keep>([&]() COHORT_NO_SANITIZE { return ::fcntl(target, F_SETFD, 0); })
                : child_call<call::spawn_dup>([&]() COHORT_NO_SANITIZE { return ::dup2(source, target); });
        if (placed < 0) return placed;
    }
    return 0;
}

/// Closes all that is not wanted, at once: a failure is told by memory, so nothing else has to stay open.
COHORT_COLD COHORT_NO_SANITIZE inline long child_close_others(const spawn_job& job) noexcept {
    unsigned first = 0;
    for (std::size_t i = 0; i < job.count; ++i) {
        const unsigned keep = static_cast<unsigned>(job.kept[i]);
        if (keep > first) {
            const long closed = child_call<call::spawn_close_range>(
                [&]() COHORT_NO_SANITIZE { return ::close_range(first, keep - 1, 0); });
            if (closed < 0) return closed;
        }
        first = keep + 1;
    }
    return child_call<call::spawn_close_range>([&]() COHORT_NO_SANITIZE { return ::close_range(first, ~0u, 0); });
}

/// All dispositions: exec would undo the handlers but keep what is ignored, and until then a handler could run here.
COHORT_COLD COHORT_NO_SANITIZE inline long child_reset_signals(const spawn_plan& plan) noexcept {
    for (int sig = 1; sig < child_signal_end; ++sig) {
        if (sig == SIGKILL || sig == SIGSTOP) continue;
        const bool ignored = sig <= 64 && (plan.ignored_signals >> (sig - 1) & 1) != 0;
        const long set = child_call<call::spawn_signals>(
            [&]() COHORT_NO_SANITIZE { return child_set_action(sig, ignored); });
        if (set < 0) return set;
    }
    return 0;
}

/// Does not return if a candidate can be executed.
COHORT_COLD COHORT_NO_SANITIZE inline long child_exec(const spawn_plan& plan) noexcept {
    static constexpr const char* nothing[] = {nullptr};
    // execve(2) changes none of it; its prototype is older than const.
    char* const* arguments = const_cast<char* const*>(plan.arguments);
    char* const* environment = const_cast<char* const*>(plan.environment ? plan.environment : nothing);
    const char* const* programs = plan.programs.data();
    bool forbidden = false;
    long last = -ENOENT;
    for (std::size_t i = 0; i < plan.programs.size(); ++i) {
        last = child_call<call::spawn_exec>(
            [&]() COHORT_NO_SANITIZE { return ::execve(programs[i], arguments, environment); });
        if (!search_goes_on(static_cast<int>(-last), forbidden)) return last;
    }
    return forbidden ? -EACCES : last;
}

/// Where the child begins; it does not return.
[[noreturn]] COHORT_NOINLINE COHORT_NO_SANITIZE inline void child_main(spawn_job& job) noexcept {
    const spawn_plan& plan = *job.plan;
    const auto check = [&job](spawn_step step, long result) COHORT_NO_SANITIZE {
        if (result >= 0) return;
        job.failure.error = static_cast<int>(-result);
        job.failure.step = step;
        ::_exit(127);
    };
    check(spawn_step::signals, child_reset_signals(plan));
    if (plan.new_session)
        check(spawn_step::session, child_call<call::spawn_session>([]() COHORT_NO_SANITIZE { return ::setsid(); }));
    if (plan.process_group)
        check(spawn_step::process_group, child_call<call::spawn_group>([&]() COHORT_NO_SANITIZE {
            return ::setpgid(0, *plan.process_group);
        }));
    if (plan.directory)
        check(spawn_step::directory, child_call<call::spawn_directory>([&]() COHORT_NO_SANITIZE {
            return ::chdir(plan.directory);
        }));
    if (plan.umask) ::umask(*plan.umask);
    if (plan.priority)
        check(spawn_step::priority, child_call<call::spawn_priority>([&]() COHORT_NO_SANITIZE {
            return ::setpriority(PRIO_PROCESS, 0, *plan.priority);
        }));
    check(spawn_step::descriptors, child_place_descriptors(job));
    check(spawn_step::close_others, child_close_others(job));
    for (std::size_t i = 0; i < plan.limits.size(); ++i) {
        const resource_limit& limit = plan.limits.data()[i];
        struct ::rlimit values {};
        values.rlim_cur = static_cast<::rlim_t>(limit.soft);
        values.rlim_max = static_cast<::rlim_t>(limit.hard);
        check(spawn_step::limits, child_call<call::spawn_limits>([&]() COHORT_NO_SANITIZE {
            const struct ::rlimit* const wanted = &values;
            return call_with(&::setrlimit, limit.resource, wanted);
        }));
    }
    if (plan.groups)
        check(spawn_step::groups, child_call<call::spawn_groups>([&]() COHORT_NO_SANITIZE {
            return call_with(&::setgroups, plan.groups->size(), plan.groups->data());
        }));
    if (plan.group)
        check(spawn_step::group_id, child_call<call::spawn_group_id>([&]() COHORT_NO_SANITIZE {
            return ::setresgid(*plan.group, *plan.group, *plan.group);
        }));
    if (plan.user)
        check(spawn_step::user_id, child_call<call::spawn_user_id>([&]() COHORT_NO_SANITIZE {
            return ::setresuid(*plan.user, *plan.user, *plan.user);
        }));
    if (plan.parent_death_signal != 0)
        check(spawn_step::parent_death, child_call<call::spawn_parent_death>([&]() COHORT_NO_SANITIZE {
            return child_set_parent_death(plan.parent_death_signal);
        }));
    check(spawn_step::signals,
          child_call<call::spawn_signals>([]() COHORT_NO_SANITIZE { return child_clear_mask(); }));
    check(spawn_step::exec, child_exec(plan));
    ::_exit(127);
}

}  // namespace cohort::sys::detail
