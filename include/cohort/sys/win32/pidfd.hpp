/// @file
/// Processes by handle: a handle names one process for as long as it is open, whatever becomes of the number.
#pragma once

#include "../exit_info.hpp"
#include "exit_code.hpp"
#include "invoke.hpp"
#include "process.hpp"
#include "signal.hpp"

#include <cerrno>
#include <cstdint>

#include <psapi.h>

namespace cohort::sys {

/// A descriptor of the process `pid`, which no child inherits; signalled when the process has ended. OpenProcess.
inline outcome<int> pidfd_open(process_id pid) noexcept {
    return detail::once<call::pidfd_open, int>([&]() -> outcome<int> {
        const ::HANDLE opened = ::OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_TERMINATE,
                                              FALSE, static_cast<::DWORD>(pid));
        if (opened) return descriptor_of(opened);
        // Where there is no process of the number the system speaks of the parameter.
        const ::DWORD code = ::GetLastError();
        return failure(code == ERROR_INVALID_PARAMETER ? ESRCH : error_number(code));
    });
}

namespace detail {

inline bool process_ended(::HANDLE process) noexcept { return ::WaitForSingleObject(process, 0) == WAIT_OBJECT_0; }

/// Ends a process in the name of a signal.
inline outcome<> end_process(::HANDLE process, int sig) noexcept {
    if (process_ended(process)) return failure(ESRCH);
    if (::TerminateProcess(process, exit_code_for(sig))) return success();
    const int code = last_error();
    // It was ending meanwhile, which the system reports as a right that is missing.
    return failure(process_ended(process) ? ESRCH : code);
}

/// Whether a signal is a request that a console can carry: Ctrl-Break is what it can tell one group of processes.
constexpr bool is_request(int sig) noexcept {
    return sig == SIGTERM || sig == SIGINT || sig == SIGBREAK || sig == SIGHUP || sig == SIGQUIT;
}

/// Ctrl-Break for the group of processes that `leader` was started as; false where it is not of this console.
inline bool ask_group(::DWORD leader) noexcept {
    return leader != 0 && ::GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, leader) != 0;
}

/// Whether a signal ends whoever it reaches.
constexpr bool is_deadly(int sig) noexcept {
    return sig == SIGKILL || sig == SIGABRT || sig == SIGSEGV || sig == SIGFPE || sig == SIGILL || sig == SIGTRAP;
}

inline std::chrono::microseconds elapsed(const ::FILETIME& time) noexcept {
    const std::uint64_t hundreds = std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime;
    return std::chrono::microseconds(static_cast<long long>(hundreds / 10));
}

inline outcome<exit_info> exit_of(::HANDLE process) noexcept {
    ::DWORD code = 0;
    if (!::GetExitCodeProcess(process, &code)) return failure(last_error());
    exit_info info = exit_info_of(code);
    ::FILETIME created, ended, system, user;
    if (::GetProcessTimes(process, &created, &ended, &system, &user)) {
        info.user_time = elapsed(user);
        info.system_time = elapsed(system);
    }
    ::PROCESS_MEMORY_COUNTERS memory;
    if (::K32GetProcessMemoryInfo(process, &memory, sizeof memory)) info.max_rss = memory.PeakWorkingSetSize;
    return info;
}

}  // namespace detail

/// Sends a signal to that process; ESRCH once it has ended. SIGKILL ends it, and so do SIGABRT and the signals of
/// faults. SIGTERM, SIGINT, SIGBREAK, SIGHUP and SIGQUIT ask: they are Ctrl-Break for the group of processes that it
/// leads on this process's console, and the signal's default action, the end, where it leads none there. 0 only asks
/// whether it runs, and so does SIGCONT, as nothing is stopped. EINVAL: others. GenerateConsoleCtrlEvent,
/// TerminateProcess.
inline outcome<> pidfd_send_signal(int pidfd, int sig) noexcept {
    return detail::once<call::pidfd_send_signal, void>([&]() -> outcome<> {
        const ::HANDLE process = handle_of(pidfd);
        if (detail::is_deadly(sig)) return detail::end_process(process, sig);
        const bool asks = detail::is_request(sig);
        if (!asks && sig != 0 && sig != sigcont) return failure(EINVAL);
        if (detail::process_ended(process)) return failure(ESRCH);
        if (!asks || detail::ask_group(::GetProcessId(process))) return success();
        return detail::end_process(process, sig);
    });
}

/// Whether the process has ended.
inline bool pidfd_ended(int pidfd) noexcept { return detail::process_ended(handle_of(pidfd)); }

/// Waits for the process behind `pidfd` and gives its status and its use of resources, its own alone. With `nohang` one
/// that still runs is EAGAIN (`would_block()`). Nobody can take the status away: asked again it is the same.
/// WaitForSingleObject, GetExitCodeProcess.
inline outcome<exit_info> wait_pidfd(int pidfd, bool nohang) noexcept {
    return detail::once<call::pidfd_wait, exit_info>([&]() -> outcome<exit_info> {
        switch (::WaitForSingleObject(handle_of(pidfd), nohang ? 0 : INFINITE)) {
        case WAIT_OBJECT_0: return detail::exit_of(handle_of(pidfd));
        case WAIT_TIMEOUT: return failure(EAGAIN);
        default: return failure(last_error());
        }
    });
}

/// The status of a process that somebody else has waited for. EAGAIN: it runs. GetExitCodeProcess.
inline outcome<exit_info> pidfd_exit_info(int pidfd) noexcept {
    return detail::once<call::pidfd_info, exit_info>([&]() -> outcome<exit_info> {
        if (!detail::process_ended(handle_of(pidfd))) return failure(EAGAIN);
        return detail::exit_of(handle_of(pidfd));
    });
}

}  // namespace cohort::sys
