/// @file
/// Processes by descriptor, as Linux has them: on the BSD systems a queue of its own that watches one process and is
/// readable when that has ended. It is never emptied by asking, so it stays readable.
///
/// Which process a queue names is kept in a table, by the queue's number. An entry is written before the number is
/// handed out and again by the next queue that gets it; in between nobody who holds a queue asks. The table only grows,
/// by pages, and is read without a lock.
///
/// Why no successor of the process's number is ever signalled: the number belongs to the process until it is waited
/// for. `wait_pidfd` writes that into the table, and what others have waited for shows before each signal: the queue
/// says that the process has ended, and then nothing is sent. (A process that ends, is waited for by somebody else and
/// whose number is given away, all between that look and the signal, is beyond what these systems can tell.)
#pragma once

#include "../../detail/atomic.hpp"
#include "../detail/invoke.hpp"
#include "../exit_info.hpp"
#include "../posix/process.hpp"
#include "../posix/spawn_plan.hpp"
#include "kqueue.hpp"

#include <cerrno>
#include <cstdint>
#include <new>

#include <poll.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cohort::sys {

namespace detail {

struct process_number : cohort::detail::atomic<::pid_t> {
    constexpr process_number() noexcept : atomic(0) {}
};
struct process_page {
    static constexpr int size = 1024;
    process_number numbers[size];
};
struct process_page_pointer : cohort::detail::atomic<process_page*> {
    constexpr process_page_pointer() noexcept : atomic(nullptr) {}
};

/// The process that each queue names: its number, the negative number once it has been waited for, 0 for no queue.
class process_numbers {
public:
    static bool set(int fd, ::pid_t pid) noexcept {
        process_number* const place = find(fd, true);
        if (place) place->store(pid);
        return place != nullptr;
    }
    static ::pid_t get(int fd) noexcept {
        const process_number* const place = find(fd, false);
        return place ? place->load() : 0;
    }

private:
    static constexpr int most_pages = 1024;

    COHORT_COLD static process_number* find(int fd, bool make) noexcept {
        if (fd < 0 || fd >= process_page::size * most_pages) return nullptr;
        if (fd < process_page::size) return &first_.numbers[fd];
        process_page_pointer& entry = more_[fd / process_page::size];
        process_page* at = entry.load();
        if (!at && make) {
            process_page* const made = new (std::nothrow) process_page;
            // Of two threads that come at once one finds its page unused.
            while (made && !at && !entry.compare_exchange_weak(at, made)) {}
            if (!at) at = made;
            else delete made;
        }
        return at ? &at->numbers[fd % process_page::size] : nullptr;
    }

    static inline process_page first_;
    static inline process_page_pointer more_[most_pages];
};

/// A queue that names no process yet.
inline outcome<int> process_queue() noexcept {
    return once<call::pidfd_open, int>([] {
        const outcome<int> made = kqueue_create();
        if (!made) {
            errno = made.error();
            return -1;
        }
        if (!process_numbers::set(*made, 0)) {
            static_cast<void>(::close(*made));
            errno = ENOMEM;
            return -1;
        }
        return *made;
    });
}

inline void drop_queue(int queue) noexcept { static_cast<void>(::close(queue)); }

// What stands in a queue once its status has been told, or was not to be had: a report that stays.
inline constexpr std::uintptr_t told = 1;
inline constexpr std::uint64_t status_known = 1u << 16;

inline outcome<> post_status(int queue, std::uint64_t status) noexcept {
    const kqueue_event events[] = {kqueue_change_of(told, kqueue_user, kqueue_add, 0, status),
                                   kqueue_change_of(told, kqueue_user, 0, kqueue_trigger, status)};
    return kqueue_control(queue, events, 2);
}

/// Has the queue watch the process.
inline outcome<> watch_process(int queue, ::pid_t pid) noexcept {
    process_numbers::set(queue, pid);
    const auto ident = static_cast<std::uintptr_t>(pid);
    kqueue_event event = kqueue_change_of(ident, kqueue_process, kqueue_add, kqueue_exit | kqueue_exit_status);
    outcome<> watched = kqueue_control(queue, &event, 1);
    if (watched.error() == EACCES && kqueue_exit_status != 0) {
        // Not a child of this process: its end may be seen, its status not.
        event.fflags = kqueue_exit;
        watched = kqueue_control(queue, &event, 1);
    }
    // A process that has ended and that nobody has waited for is not to be watched on macOS, but it is still there.
    if (watched.error() == ESRCH && ::kill(pid, 0) == 0) return post_status(queue, 0);
    return watched;
}

/// Whether the queue says that its process has ended.
inline bool process_ended(int queue) noexcept {
    ::pollfd entry{queue, POLLIN, 0};
    return ::poll(&entry, 1, 0) == 1;
}

/// Takes the status of a child that did not come to be, without the seam: nothing of it may stay.
COHORT_COLD inline void reap_failed(::pid_t pid) noexcept {
    while (::waitpid(pid, nullptr, 0) == -1 && errno == EINTR) {}
}

COHORT_COLD inline outcome<spawned> fail_spawn(spawn_failure& why, spawn_step step, int error) noexcept {
    why.step = step;
    why.error = error;
    return failure(error);
}

/// A child that runs, with the queue that names it from now on.
COHORT_COLD inline outcome<spawned> named_child(::pid_t pid, int queue, spawn_failure& why) noexcept {
    const outcome<> watched = watch_process(queue, pid);
    if (!watched) {
        ::kill(pid, SIGKILL);
        reap_failed(pid);
        drop_queue(queue);
        return fail_spawn(why, spawn_step::clone, watched.error());
    }
    spawned child;
    child.pid = pid;
    child.pidfd = queue;
    return child;
}

}  // namespace detail

/// A descriptor of the process `pid`, close-on-exec; readable when the process has ended. ESRCH: there is none. EINTR
/// does not occur. kqueue(2), EVFILT_PROC.
inline outcome<int> pidfd_open(::pid_t pid) noexcept {
    if (pid <= 0) return failure(EINVAL);
    const outcome<int> queue = detail::process_queue();
    if (!queue) return queue;
    const outcome<> watched = detail::watch_process(*queue, pid);
    if (watched) return queue;
    detail::drop_queue(*queue);
    return failure(watched.error());
}

/// Sends a signal to that process and never to a successor of its number; ESRCH once it has been waited for. EINTR does
/// not occur. kill(2).
inline outcome<> pidfd_send_signal(int pidfd, int sig) noexcept {
    return detail::once<call::pidfd_send_signal, void>([&] {
        const ::pid_t pid = detail::process_numbers::get(pidfd);
        errno = pid == 0 ? EBADF : ESRCH;
        if (pid <= 0) return -1;
        if (!detail::process_ended(pidfd)) return ::kill(pid, sig);
        // Ended: there is nothing to signal, only to tell whether it is still there to be waited for.
        ::siginfo_t info{};
        if (::waitid(P_PID, static_cast<::id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0) return 0;
        errno = ESRCH;
        return -1;
    });
}

/// Groups are signalled by their number on these systems: EINVAL, always.
inline outcome<> pidfd_signal_group(int, int) noexcept {
    return detail::once<call::pidfd_send_signal, void>([] {
        errno = EINVAL;
        return -1;
    });
}

/// Waits for the child behind `pidfd`, reaps it and gives its status and its use of resources. With `nohang` a child
/// that still runs is EAGAIN (`would_block()`). ECHILD: not a child of this process, or another wait took its status;
/// then `pidfd_exit_info` may know more. EINTR: retried. wait4(2).
inline outcome<exit_info> wait_pidfd(int pidfd, bool nohang) noexcept {
    const ::pid_t pid = detail::process_numbers::get(pidfd);
    if (pid == 0) return failure(pidfd < 0 ? EINVAL : EBADF);
    if (pid < 0) return failure(ECHILD);
    const outcome<exit_info> waited = detail::wait_child<call::pidfd_wait>(pid, nohang);
    if (waited) detail::process_numbers::set(pidfd, -pid);
    return waited;
}

/// The status of a process that somebody else has waited for, as the queue was told it; without the use of resources.
/// EAGAIN: it has not ended. ESRCH: the status is not known, as that of a process which had ended before there was a
/// queue for it, or, on macOS, which is not a child. EINTR does not occur. kevent(2), NOTE_EXIT.
inline outcome<exit_info> pidfd_exit_info(int pidfd) noexcept {
    kqueue_event report{};
    const outcome<int> found = detail::once<call::pidfd_info, int>([&] {
        const ::timespec at_once{};
        return ::kevent(pidfd, nullptr, 0, &report, 1, &at_once);
    });
    if (!found) return failure(found.error());
    if (*found == 0) return failure(EAGAIN);
    std::uint64_t status = kqueue_data(report);
    if (report.filter == kqueue_process) {
        const bool known = (report.fflags & kqueue_exit_status) == kqueue_exit_status;
        status = known ? detail::status_known | (static_cast<std::uint64_t>(report.data) & 0xffff) : 0;
        // The report is gone with having been taken: another takes its place.
        const outcome<> posted = detail::post_status(pidfd, status);
        if (!posted) return failure(posted.error());
    }
    if ((status & detail::status_known) == 0) return failure(ESRCH);
    return detail::from_wait_status(static_cast<int>(status & 0xffff));
}

}  // namespace cohort::sys
