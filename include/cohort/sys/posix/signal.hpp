/// @file
/// Signals: dispositions, the thread's mask, sending.
#pragma once

#include "../detail/invoke.hpp"
#include "../timed_wait.hpp"

#include <cerrno>
#include <csignal>

#include <signal.h>
#include <sys/types.h>

namespace cohort::sys {

/// The disposition that a handler replaced; `restore_signal` puts it back.
class saved_action {
public:
    [[gnu::always_inline]] saved_action() noexcept : action_() {}
    [[gnu::always_inline]] explicit saved_action(const struct ::sigaction& action) noexcept : action_(action) {}
    const struct ::sigaction& action() const noexcept { return action_; }

private:
    struct ::sigaction action_;
};

/// Makes `handler` (or SIG_IGN, SIG_DFL) the process's disposition of `sig` and gives the former one. System calls that
/// can be restarted are (SA_RESTART), so that code which knows nothing of this handler sees no EINTR; the handler runs
/// on the alternate stack where the thread has one. EINTR does not occur. sigaction(2).
inline outcome<saved_action> install_signal_handler(int sig, void (*handler)(int)) noexcept {
    struct ::sigaction wanted {};
    struct ::sigaction former {};
    wanted.sa_handler = handler;
    wanted.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&wanted.sa_mask);
    const outcome<> set = COHORT_SYS_ONCE(sigaction, void, ::sigaction(sig, &wanted, &former));
    if (!set) return failure(set.error());
    return saved_action(former);
}

/// Puts a former disposition back. EINTR does not occur. sigaction(2).
inline outcome<> restore_signal(int sig, const saved_action& former) noexcept {
    return COHORT_SYS_ONCE(sigaction, void, ::sigaction(sig, &former.action(), nullptr));
}

namespace detail {
inline outcome<bool> change_mask(int how, int sig) noexcept {
    ::sigset_t change;
    ::sigset_t former;
    sigemptyset(&change);
    return once<call::sigmask, bool>([&] {
        if (sigaddset(&change, sig) != 0) return -1;
        // pthread_sigmask returns its error instead of setting errno.
        if (const int error = ::pthread_sigmask(how, &change, &former)) {
            errno = error;
            return -1;
        }
        return static_cast<int>(sigismember(&former, sig));  // a macro on some systems
    });
}
}  // namespace detail

/// Blocks the signal in this thread; the value says whether it was blocked before. EINTR does not occur.
/// pthread_sigmask(3).
inline outcome<bool> block_signal(int sig) noexcept { return detail::change_mask(SIG_BLOCK, sig); }

/// Unblocks the signal in this thread; the value says whether it was blocked before. A pending one is delivered before
/// this returns. EINTR does not occur. pthread_sigmask(3).
inline outcome<bool> unblock_signal(int sig) noexcept { return detail::change_mask(SIG_UNBLOCK, sig); }

/// Sends a signal to a process (or a group, or all, by the rules of kill(2)); 0 only asks whether that is possible. A
/// pid may have been reused: for a child use its pidfd. EINTR does not occur. kill(2).
inline outcome<> kill(::pid_t pid, int sig) noexcept {
    return COHORT_SYS_ONCE(kill, void, ::kill(pid, sig));
}

/// Sends a signal to this thread; its handler has run when this returns. EINTR does not occur. raise(3).
inline outcome<> raise(int sig) noexcept {
    // raise(3) promises a value other than 0 and errno, not -1.
    return COHORT_SYS_ONCE(raise, void, ::raise(sig) == 0 ? 0 : -1);
}

/// The numbers of the signals that the floors above name.
inline constexpr int sigpipe = SIGPIPE;
inline constexpr int sigxfsz = SIGXFSZ;
inline constexpr int sigterm = SIGTERM;
inline constexpr int sigkill = SIGKILL;
inline constexpr int sigcont = SIGCONT;

/// Takes one pending instance of a signal that is blocked in this thread, if there is one, so that unblocking it
/// delivers nothing; the value says whether there was. EINTR: retried. sigtimedwait(2).
inline outcome<bool> discard_pending(int sig) noexcept {
    ::sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, sig);
    const outcome<> taken = detail::retried<call::sigtimedwait, void>([&] { return detail::take_pending(wanted); });
    if (taken) return true;
    if (taken.would_block()) return false;
    return failure(taken.error());
}

/// Keeps a signal from this thread as long as it lives: what is raised meanwhile is discarded, unless the signal was
/// blocked before. Then, and where blocking fails, nothing is changed.
class signal_blocked {
public:
    COHORT_COLD explicit signal_blocked(int sig) noexcept : sig_(sig) {
        const auto was = block_signal(sig);
        unblock_ = was && !*was;
    }
    signal_blocked(const signal_blocked&) = delete;
    signal_blocked& operator=(const signal_blocked&) = delete;
    COHORT_COLD ~signal_blocked() {
        if (!unblock_) return;
        static_cast<void>(discard_pending(sig_));
        static_cast<void>(unblock_signal(sig_));
    }

private:
    int sig_;
    bool unblock_;
};

}  // namespace cohort::sys
