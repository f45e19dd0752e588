/// @file
/// Signals on Windows: what the console tells a program, under the names that other systems have for it.
///
/// SIGINT is Ctrl+C, SIGBREAK Ctrl+Break, SIGHUP the closing of the console, the end of the session or of the system;
/// SIGTERM is told of the last two where nobody handles them under their own names, so that a program which ends on
/// SIGTERM does so here.
/// They arrive in a thread that the system makes for each, so several handlers may run at once, and beside the program.
/// A closing console waits some seconds for its handlers and then ends the process. There are no masks.
///
/// Why a handler that is being removed is not called afterwards: `arrived` counts itself in before it looks at the
/// table, and `restore_signal` waits until none is counted in. A handler must not remove itself.
#pragma once

#include "../../detail/atomic.hpp"
#include "invoke.hpp"
#include "signal_number.hpp"
#include "thread.hpp"

#include <cerrno>
#include <csignal>

namespace cohort::sys {

/// The numbers of the signals that the floors above name; those that Windows does not have are Linux's.
inline constexpr int sighup = 1;
inline constexpr int sigint = SIGINT;
inline constexpr int sigterm = SIGTERM;
inline constexpr int sigbreak = SIGBREAK;
inline constexpr int sigkill = 9;
inline constexpr int sigpipe = 13;
inline constexpr int sigcont = 18;
inline constexpr int sigxfsz = 25;

/// The disposition that a handler replaced; `restore_signal` puts it back.
class saved_action {
public:
    using handler = void (*)(int);
    constexpr saved_action() noexcept {}
    constexpr explicit saved_action(handler h) noexcept : handler_(h) {}
    /// Null: what the system does.
    constexpr handler action() const noexcept { return handler_; }

private:
    handler handler_ = nullptr;
};

namespace detail {

/// The handlers of this program.
class console_signals {
public:
    static outcome<saved_action> install(int sig, saved_action::handler handler) noexcept {
        atomic_handler* const place = place_of(sig);
        if (!place) return failure(EINVAL);
        lock_.lock();
        outcome<> listening = success();
        if (!listening_)
            listening = tried<call::sigaction>([] { return ::SetConsoleCtrlHandler(&arrived, TRUE); });
        listening_ = listening_ || static_cast<bool>(listening);
        const saved_action former(listening ? place->value.exchange(handler) : nullptr);
        lock_.unlock();
        while (running_.load() != 0) ::SwitchToThread();
        if (!listening) return failure(listening.error());
        return former;
    }

    static bool handles(int sig) noexcept { return place_of(sig) != nullptr; }

    /// Calls the handler of a signal; false if there is none.
    static bool deliver(int sig) noexcept {
        running_.fetch_add(1);
        atomic_handler* const place = place_of(sig);
        const saved_action::handler handler = place ? place->value.load() : nullptr;
        if (handler) handler(sig);
        running_.fetch_sub(1);
        return handler != nullptr;
    }

private:
    struct atomic_handler {
        atomic_handler() noexcept : value(nullptr) {}
        cohort::detail::atomic<saved_action::handler> value;
    };

    static atomic_handler* place_of(int sig) noexcept {
        constexpr int handled[] = {sighup, sigint, sigterm, sigbreak};
        for (int i = 0; i < 4; ++i)
            if (handled[i] == sig) return &places_[i];
        return nullptr;
    }

    static ::BOOL WINAPI arrived(::DWORD event) {
        if (event == CTRL_C_EVENT) return deliver(sigint);
        // Who asks a process group to end can send it nothing but Ctrl+Break.
        if (event == CTRL_BREAK_EVENT) return deliver(sigbreak) || deliver(sigterm);
        const bool handled = deliver(sighup) || deliver(sigterm);
        // The process ends when this returns: what the handler has set going gets the time that the system allows.
        if (handled) ::Sleep(INFINITE);
        return handled;
    }

    static inline atomic_handler places_[4];
    static inline constinit thread_lock lock_;
    static inline constinit bool listening_ = false;
    static inline constinit cohort::detail::atomic<int> running_{0};
};

}  // namespace detail

/// Makes `handler` (null: what the system does) the program's for SIGHUP, SIGINT, SIGBREAK or SIGTERM and gives the former one.
/// EINVAL: another signal, which none handles. SetConsoleCtrlHandler.
inline outcome<saved_action> install_signal_handler(int sig, saved_action::handler handler) noexcept {
    return detail::console_signals::install(sig, handler);
}

/// Puts a former disposition back.
inline outcome<> restore_signal(int sig, const saved_action& former) noexcept {
    const auto done = detail::console_signals::install(sig, former.action());
    return done ? success() : outcome<>(failure(done.error()));
}

/// Calls this program's handler of a signal, in this thread; where there is none, ends the process as the system would.
inline outcome<> raise(int sig) noexcept {
    return detail::once<call::raise, void>([&]() -> outcome<> {
        if (!detail::console_signals::handles(sig)) return failure(EINVAL);
        if (!detail::console_signals::deliver(sig)) ::ExitProcess(static_cast<::UINT>(STATUS_CONTROL_C_EXIT));
        return success();
    });
}

/// There are no masks: nothing is blocked, and nothing changes.
inline outcome<bool> block_signal(int) noexcept { return false; }
inline outcome<bool> unblock_signal(int) noexcept { return false; }

/// Keeps a signal from this thread: there are none that are a thread's own.
class signal_blocked {
public:
    explicit signal_blocked(int) noexcept {}
    signal_blocked(const signal_blocked&) = delete;
    signal_blocked& operator=(const signal_blocked&) = delete;
    ~signal_blocked() {}
};

}  // namespace cohort::sys
