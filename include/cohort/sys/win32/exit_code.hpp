/// @file
/// What an exit code of Windows says: the 32 bits that `exit` was given, or why the system ended the process.
///
/// A process that nobody's `exit` ended has the number of its exception as its code, an NTSTATUS of the kind "error";
/// the C library's `abort`, and what ends a process without asking it, have chosen others. They read as the signals
/// that stand for the same elsewhere. What this library ends by TerminateProcess gets a code that names the signal, with
/// the bit that marks the codes of applications.
#pragma once

#include "../exit_info.hpp"
#include "windows.hpp"
#include "signal_name.hpp"

#include <cstdint>

namespace cohort::sys {

namespace detail {
inline constexpr std::uint32_t ended_by_signal = 0xE0C05300;  // the number of the signal in its lowest byte
inline constexpr std::uint32_t ended_by_console = 0xC000013A;  // STATUS_CONTROL_C_EXIT: Ctrl-C, Ctrl-Break, log-off
}  // namespace detail

/// The exit code of a process that is ended in a signal's name.
constexpr std::uint32_t exit_code_for(int sig) noexcept {
    return detail::ended_by_signal | (static_cast<std::uint32_t>(sig) & 0xFF);
}

/// The signal that an exit code stands for; 0 where it is a code like any other.
constexpr int signal_of_exit_code(std::uint32_t code) noexcept {
    if ((code & 0xFFFFFF00) == detail::ended_by_signal) return static_cast<int>(code & 0xFF);
    switch (code) {
    case detail::ended_by_console: return SIGINT;
    case 0x80000001:  // STATUS_GUARD_PAGE_VIOLATION
    case 0x80000002:  // STATUS_DATATYPE_MISALIGNMENT
    case 0xC0000005:  // STATUS_ACCESS_VIOLATION
    case 0xC0000006:  // STATUS_IN_PAGE_ERROR
    case 0xC0000008:  // STATUS_INVALID_HANDLE
    case 0xC000008C:  // STATUS_ARRAY_BOUNDS_EXCEEDED
    case 0xC00000FD:  // STATUS_STACK_OVERFLOW
        return SIGSEGV;
    case 0xC000001D:  // STATUS_ILLEGAL_INSTRUCTION
    case 0xC0000096:  // STATUS_PRIVILEGED_INSTRUCTION
        return SIGILL;
    case 0xC000008D:  // STATUS_FLOAT_DENORMAL_OPERAND, and so on to
    case 0xC000008E:
    case 0xC000008F:
    case 0xC0000090:
    case 0xC0000091:
    case 0xC0000092:
    case 0xC0000093:
    case 0xC0000094:  // STATUS_INTEGER_DIVIDE_BY_ZERO
    case 0xC0000095:  // STATUS_INTEGER_OVERFLOW
        return SIGFPE;
    case 0x80000003:  // STATUS_BREAKPOINT
    case 0x80000004:  // STATUS_SINGLE_STEP
        return SIGTRAP;
    case 0x40000015:  // STATUS_FATAL_APP_EXIT
    case 0xC0000025:  // STATUS_NONCONTINUABLE_EXCEPTION
    case 0xC0000374:  // STATUS_HEAP_CORRUPTION
    case 0xC0000409:  // STATUS_STACK_BUFFER_OVERRUN, __fastfail
    case 0xC0000417:  // STATUS_INVALID_CRUNTIME_PARAMETER
    case 0xC0000420:  // STATUS_ASSERTION_FAILURE
    case 0xE06D7363:  // a C++ exception of Visual C++
    case 0x20474343:  // one of GCC
        return SIGABRT;
    default: return 0;
    }
}

/// How a process with this exit code ended.
inline exit_info exit_info_of(std::uint32_t code) noexcept {
    const int sig = signal_of_exit_code(code);
    exit_info info = sig != 0 ? exit_info(exit_kind::signaled, sig) : exit_info(exit_kind::exited, static_cast<int>(code));
    info.native_code = code;
    return info;
}

/// The same where it is known that the process was asked to end by `asked`: the console tells programs of one kind of
/// end only.
inline exit_info explained(exit_info info, int asked) noexcept {
    if (info.native_code == detail::ended_by_console && info.kind == exit_kind::signaled && asked != 0 &&
        asked != SIGKILL)
        info.value = asked;
    return info;
}

}  // namespace cohort::sys
