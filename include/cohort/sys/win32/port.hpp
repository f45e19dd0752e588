/// @file
/// I/O completion ports, and what wakes them: packets of one's own, a timer, the end of a process.
#pragma once

#include "invoke.hpp"

#include <cstddef>
#include <cstdint>

namespace cohort::sys {

/// One packet of a port: `lpCompletionKey`, `lpOverlapped`.
using port_packet = ::OVERLAPPED_ENTRY;

/// A new port. CreateIoCompletionPort.
inline outcome<int> make_port() noexcept {
    return detail::once<call::port_create, int>([]() -> outcome<int> {
        const ::HANDLE made = ::CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1);
        if (!made) return failure(last_error());
        return descriptor_of(made);
    });
}

/// Has the completions of a descriptor's overlapped calls come to the port, and only of those that wait: one that is
/// done at once says so itself. For the life of what the descriptor refers to, in whichever process: EINVAL where it
/// belongs to a port already. CreateIoCompletionPort, SetFileCompletionNotificationModes.
inline outcome<> associate(int port, int fd, std::uintptr_t key) noexcept {
    return detail::tried<call::port_associate>([&] {
        return ::CreateIoCompletionPort(handle_of(fd), handle_of(port), key, 0) != nullptr &&
               ::SetFileCompletionNotificationModes(
                   handle_of(fd), FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE);
    });
}

/// Puts a packet into the port; from any thread. PostQueuedCompletionStatus.
inline outcome<> post_packet(int port, std::uintptr_t key, ::OVERLAPPED* o) noexcept {
    return detail::tried<call::port_post>([&] { return ::PostQueuedCompletionStatus(handle_of(port), 0, key, o); });
}

/// Takes up to `max` packets and gives their number; 0: the time is up. `timeout` in milliseconds, INFINITE for ever.
/// GetQueuedCompletionStatusEx.
inline outcome<int> take_packets(int port, port_packet* packets, int max, ::DWORD timeout) noexcept {
    return detail::once<call::port_wait, int>([&]() -> outcome<int> {
        ::ULONG found = 0;
        if (::GetQueuedCompletionStatusEx(handle_of(port), packets, static_cast<::ULONG>(max), &found, timeout, FALSE))
            return static_cast<int>(found);
        if (::GetLastError() == WAIT_TIMEOUT) return 0;
        return failure(last_error());
    });
}

/// A callback of the system's thread pool for an object that is signalled. `once`: the first time alone.
/// RegisterWaitForSingleObject.
inline outcome<::HANDLE> register_wait(::HANDLE object, ::WAITORTIMERCALLBACK callback, void* context,
                                       bool once) noexcept {
    return detail::once<call::wait_register, ::HANDLE>([&]() -> outcome<::HANDLE> {
        ::HANDLE wait = nullptr;
        const ::ULONG flags = WT_EXECUTEINWAITTHREAD | (once ? WT_EXECUTEONLYONCE : 0u);
        if (::RegisterWaitForSingleObject(&wait, object, callback, context, INFINITE, flags)) return wait;
        return failure(last_error());
    });
}

/// Ends a wait and returns once its callback runs no more and will not run again. Not from a callback.
inline void unregister_wait(::HANDLE wait) noexcept { ::UnregisterWaitEx(wait, INVALID_HANDLE_VALUE); }

/// A timer of the finest resolution that the system has; null where it has none. CreateWaitableTimerExW, Windows 10
/// 1803.
inline ::HANDLE make_fine_timer() noexcept {
    constexpr ::DWORD high_resolution = 2;  // CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, which older headers do not name
    return ::CreateWaitableTimerExW(nullptr, nullptr, high_resolution, TIMER_ALL_ACCESS);
}

/// Sets the timer off in so many nanoseconds. SetWaitableTimer.
inline bool set_timer(::HANDLE timer, std::int64_t nanoseconds) noexcept {
    ::LARGE_INTEGER due;
    due.QuadPart = -((nanoseconds + 99) / 100);
    return ::SetWaitableTimer(timer, &due, 0, nullptr, nullptr, FALSE) != 0;
}

}  // namespace cohort::sys
