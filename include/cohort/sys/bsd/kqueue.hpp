/// @file
/// kqueue(2): waiting for descriptors, processes and wake-ups in one queue.
///
/// A change is made with EV_RECEIPT, so that each one is answered by itself and no report is taken with it. When a
/// signal interrupts such a call all its changes have been made, but the answers have not been given; making them again
/// is harmless, for adding again changes nothing and what is removed twice is ENOENT.
#pragma once

#include "../detail/invoke.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>

#include <fcntl.h>
#include <sys/types.h>

#include <sys/event.h>
#include <sys/time.h>

namespace cohort::sys {

/// One registration or report: `ident`, `filter`, `flags`, `fflags`, `data`, `udata`.
using kqueue_event = struct ::kevent;

/// What is waited for.
inline constexpr short kqueue_read = EVFILT_READ;
inline constexpr short kqueue_write = EVFILT_WRITE;
inline constexpr short kqueue_process = EVFILT_PROC;
inline constexpr short kqueue_user = EVFILT_USER;

/// What is done, and how.
inline constexpr unsigned short kqueue_add = EV_ADD;
inline constexpr unsigned short kqueue_delete = EV_DELETE;
/// A report resets the state: the next one comes with the next change, as an edge.
inline constexpr unsigned short kqueue_clear = EV_CLEAR;
/// Reported: the other side is gone; there may be data left.
inline constexpr unsigned short kqueue_eof = EV_EOF;
/// Reported: the registration failed; `data` is the error number.
inline constexpr unsigned short kqueue_error = EV_ERROR;

/// The end of a process.
inline constexpr unsigned kqueue_exit = NOTE_EXIT;
/// Its status is asked for, and is there if it is reported: FreeBSD gives it unasked and says nothing of it.
#if defined(NOTE_EXITSTATUS)
inline constexpr unsigned kqueue_exit_status = NOTE_EXITSTATUS;
#else
inline constexpr unsigned kqueue_exit_status = 0;
#endif
/// Makes a `kqueue_user` report itself.
inline constexpr unsigned kqueue_trigger = NOTE_TRIGGER;

/// A registration; `data` comes back with its reports.
inline kqueue_event kqueue_change_of(std::uintptr_t ident, short filter, unsigned short flags, unsigned fflags = 0,
                                     std::uint64_t data = 0) noexcept {
    static_assert(sizeof(void*) == sizeof(std::uint64_t), "a report carries 64 bits of its owner's");
    kqueue_event event{};
    event.ident = ident;
    event.filter = filter;
    event.flags = flags;
    event.fflags = fflags;
    event.udata = reinterpret_cast<void*>(static_cast<std::uintptr_t>(data));
    return event;
}

/// What the registration of a report said in `data`.
inline std::uint64_t kqueue_data(const kqueue_event& event) noexcept {
    return reinterpret_cast<std::uintptr_t>(event.udata);
}

/// A new queue, close-on-exec; a child made by fork(2) never has it. EINTR does not occur. kqueue(2).
inline outcome<int> kqueue_create() noexcept {
    return detail::once<call::kqueue_create, int>([] {
        const int made = ::kqueue();
        // No child gets a queue, so there is no moment at which one could inherit it.
        if (made >= 0) ::fcntl(made, F_SETFD, FD_CLOEXEC);
        return made;
    });
}

/// Makes `count` changes, at most 4, in their order; all are tried. The first error, but for the ENOENT or EBADF of a
/// `kqueue_delete`: what was registered has gone with its descriptor. EINTR: made again. kevent(2), EV_RECEIPT.
inline outcome<> kqueue_control(int kq, const kqueue_event* changes, int count) noexcept {
    constexpr int most = 4;
    kqueue_event asked[most];
    kqueue_event answers[most];
    if (count > most) return failure(EINVAL);
    for (int i = 0; i < count; ++i) {
        asked[i] = changes[i];
        asked[i].flags |= EV_RECEIPT;
    }
    const outcome<int> made = detail::retried<call::kqueue_control, int>(
        [&] { return ::kevent(kq, asked, count, answers, count, nullptr); });
    if (!made) return failure(made.error());
    // Each change has its answer, in their order.
    int error = 0;
    for (int i = 0; i < *made && error == 0; ++i) {
        const int code = (answers[i].flags & EV_ERROR) != 0 ? static_cast<int>(answers[i].data) : 0;
        const bool gone = (asked[i].flags & EV_DELETE) != 0 && (code == ENOENT || code == EBADF);
        if (!gone) error = code;
    }
    if (error != 0) return failure(error);
    return success();
}

/// Waits for reports and gives their number; 0: the time is up. `timeout` in nanoseconds, 0 does not wait, a negative
/// one waits for ever. EINTR: reported, because the caller owns the clock. kevent(2).
inline outcome<int> kqueue_wait(int kq, kqueue_event* events, int max, std::int64_t timeout) noexcept {
    // The kernels refuse what they cannot count; longer than 24 days is 24 days, and the caller's clock decides.
    constexpr std::int64_t longest = 0x7FFFFFFF * std::int64_t{1'000'000};
    const std::int64_t limit = timeout < longest ? timeout : longest;
    ::timespec time{};
    time.tv_sec = static_cast<decltype(time.tv_sec)>(limit / 1'000'000'000);
    time.tv_nsec = static_cast<decltype(time.tv_nsec)>(limit % 1'000'000'000);
    return COHORT_SYS_ONCE(kqueue_wait, int, ::kevent(kq, nullptr, 0, events, max, timeout < 0 ? nullptr : &time));
}

}  // namespace cohort::sys
