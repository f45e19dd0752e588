/// @file
/// This process: its number, its parent, directory and end, and what it may use.
#pragma once

#include "invoke.hpp"
#include "text.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace cohort::sys {

/// The number of a process.
using process_id = int;

/// This process. GetCurrentProcessId.
inline process_id getpid() noexcept { return static_cast<process_id>(::GetCurrentProcessId()); }

/// The process that started this one. It may have ended, and its number may be another's by now: nobody adopts a
/// process here. CreateToolhelp32Snapshot.
COHORT_COLD inline process_id getppid() noexcept {
    const ::HANDLE all = ::CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (all == INVALID_HANDLE_VALUE) return 0;
    const ::DWORD self = ::GetCurrentProcessId();
    ::PROCESSENTRY32W one;
    one.dwSize = sizeof one;
    process_id found = 0;
    for (::BOOL more = ::Process32FirstW(all, &one); more && found == 0; more = ::Process32NextW(all, &one))
        if (one.th32ProcessID == self) found = static_cast<process_id>(one.th32ParentProcessID);
    ::CloseHandle(all);
    return found;
}

namespace detail {

/// Calls `ask(buffer, size)`, which gives the length of a text in UTF-16, with a zero that is not counted; or, where the
/// buffer is too small, `size` or more; or 0, with the error in GetLastError.
template <class Ask>
inline outcome<> ask_text(std::wstring& text, Ask&& ask) {
    text.resize(260);
    for (;;) {
        ::SetLastError(ERROR_SUCCESS);
        const ::DWORD size = static_cast<::DWORD>(text.size());
        const ::DWORD length = ask(text.data(), size);
        if (length == 0 && ::GetLastError() != ERROR_SUCCESS) return failure(last_error());
        if (length < size) {
            text.resize(length);
            return success();
        }
        text.resize(length > size ? length + std::size_t{1} : 2 * text.size());
    }
}

/// The same as UTF-8 in a buffer of the caller's, with a terminating zero that is not counted.
template <call Which, class Ask>
COHORT_COLD inline outcome<std::size_t> text_into(char* buffer, std::size_t size, Ask&& ask) noexcept {
    return once<Which, std::size_t>([&]() -> outcome<std::size_t> {
        try {
            std::wstring text;
            const outcome<> asked = ask_text(text, ask);
            if (!asked) return failure(asked.error());
            const std::string bytes = narrow(text);
            if (bytes.size() >= size) return failure(ERANGE);
            std::memcpy(buffer, bytes.c_str(), bytes.size() + 1);
            return bytes.size();
        } catch (...) {
            return failure(ENOMEM);
        }
    });
}

}  // namespace detail

/// Writes the current directory with its terminating zero and gives its length. ERANGE: the buffer is too small.
/// GetCurrentDirectoryW.
inline outcome<std::size_t> getcwd(char* buffer, std::size_t size) noexcept {
    return detail::text_into<call::getcwd>(
        buffer, size, [](wchar_t* to, ::DWORD room) { return ::GetCurrentDirectoryW(room, to); });
}

/// There is no path that opens the very file that this process runs; but while it runs nobody replaces it, only moves it
/// aside.
inline constexpr char own_executable[] = "";

/// Writes the path of the running program, zero-terminated, and gives its length. ERANGE: the buffer is too small.
/// GetModuleFileNameW.
inline outcome<std::size_t> executable_path(char* buffer, std::size_t size) noexcept {
    return detail::text_into<call::executable_path>(
        buffer, size, [](wchar_t* to, ::DWORD room) { return ::GetModuleFileNameW(nullptr, to, room); });
}

/// Ends the process at once: no atexit, no destructors, no flushing, no word to any library. TerminateProcess.
[[noreturn]] inline void exit_now(int code) noexcept {
    for (;;) ::TerminateProcess(::GetCurrentProcess(), static_cast<::UINT>(code));
}

/// What tools show this process as is the name of its program: ENOTSUP.
inline outcome<> set_process_name(const char*, std::size_t) noexcept { return failure(ENOTSUP); }

/// On how many processors this process may run: its affinity mask; where it is spread over several groups of
/// processors, all there are. At least 1. GetProcessAffinityMask, GetActiveProcessorCount.
inline outcome<int> usable_cpus() noexcept {
    return detail::once<call::affinity, int>([]() -> outcome<int> {
        ::DWORD_PTR mine = 0;
        ::DWORD_PTR all = 0;
        if (!::GetProcessAffinityMask(::GetCurrentProcess(), &mine, &all)) return failure(last_error());
        // Both are 0 for a process with threads in several groups.
        const int count = mine != 0 ? __builtin_popcountll(mine)
                                    : static_cast<int>(::GetActiveProcessorCount(ALL_PROCESSOR_GROUPS));
        return count > 0 ? count : 1;
    });
}

}  // namespace cohort::sys
