/// @file
/// Signals of a child before its exec, by the system's own calls: it shares the memory of its parent, whose threads
/// library keeps a table of all dispositions that its sigaction(2) would write to.
#pragma once

#include "../platform.hpp"

#include <cerrno>
#include <csignal>

#include <signal.h>
#include <sys/procctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace cohort::sys::detail {

/// Blocks every signal of this thread for the time of a vfork.
class all_signals_blocked {
public:
    all_signals_blocked() noexcept {
        ::sigset_t all;
        sigfillset(&all);
        ::syscall(SYS_sigprocmask, SIG_SETMASK, &all, &former_);
    }
    ~all_signals_blocked() { ::syscall(SYS_sigprocmask, SIG_SETMASK, &former_, nullptr); }
    all_signals_blocked(const all_signals_blocked&) = delete;
    all_signals_blocked& operator=(const all_signals_blocked&) = delete;

private:
    ::sigset_t former_{};
};

/// One more than the highest signal; NSIG leaves the real-time ones out.
inline constexpr int child_signal_end = _SIG_MAXSIG + 1;

/// The default action of a signal, or to ignore it. -1 and errno.
COHORT_NO_SANITIZE inline long child_set_action(int sig, bool ignored) noexcept {
    struct ::sigaction action {};
    action.sa_handler = ignored ? SIG_IGN : SIG_DFL;
    return ::syscall(SYS_sigaction, sig, &action, nullptr);
}

/// No signal is blocked any more. -1 and errno.
COHORT_NO_SANITIZE inline long child_clear_mask() noexcept {
    const ::sigset_t none{};
    return ::syscall(SYS_sigprocmask, SIG_SETMASK, &none, nullptr);
}

/// The signal for the end of the parent. -1 and errno. procctl(2).
COHORT_NO_SANITIZE inline long child_set_parent_death(int sig) noexcept {
    return ::procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &sig);
}

}  // namespace cohort::sys::detail
