/// @file
/// Signals of a child before its exec, as the kernel has them and not as the C library does: this code runs where it
/// may share the memory of a parent whose C library must not notice.
#pragma once

#include "../platform.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cohort::sys::detail {

/// NSIG - 1 signals, and the handler comes first on every architecture but MIPS.
inline constexpr std::size_t kernel_sigset_size = (NSIG - 1) / 8;
struct kernel_sigset {
    std::uint64_t bits[2];
};
struct kernel_sigaction {
    std::uintptr_t handler = 0;  // SIG_DFL
    unsigned long flags = 0;
    std::uintptr_t restorer = 0;
    kernel_sigset mask{};
};

/// Blocks every signal of this thread for the time of a clone, the C library's internal ones included.
class all_signals_blocked {
public:
    all_signals_blocked() noexcept {
        const kernel_sigset all{{~std::uint64_t(0), ~std::uint64_t(0)}};
        ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &former_, kernel_sigset_size);
    }
    ~all_signals_blocked() { ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &former_, nullptr, kernel_sigset_size); }
    all_signals_blocked(const all_signals_blocked&) = delete;
    all_signals_blocked& operator=(const all_signals_blocked&) = delete;

private:
    kernel_sigset former_{};
};

/// One more than the highest signal.
inline constexpr int child_signal_end = NSIG;

/// The default action of a signal, or to ignore it. -1 and errno.
COHORT_NO_SANITIZE inline long child_set_action(int sig, bool ignored) noexcept {
    kernel_sigaction action;
    action.handler = ignored;  // SIG_IGN is 1
    return ::syscall(SYS_rt_sigaction, sig, &action, nullptr, kernel_sigset_size);
}

/// No signal is blocked any more. -1 and errno.
COHORT_NO_SANITIZE inline long child_clear_mask() noexcept {
    const kernel_sigset none{};
    return ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, kernel_sigset_size);
}

/// The signal for the end of the thread that spawned the child. -1 and errno.
COHORT_NO_SANITIZE inline long child_set_parent_death(int sig) noexcept {
    return ::syscall(SYS_prctl, PR_SET_PDEATHSIG, sig, 0, 0, 0);
}

}  // namespace cohort::sys::detail
