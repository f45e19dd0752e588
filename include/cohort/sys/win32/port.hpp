/// @file
/// I/O completion ports, and what wakes them: packets of one's own, a timer, the end of a process.
#pragma once

#include "invoke.hpp"

#include <cstddef>
#include <cstdint>

namespace cohort::sys {

/// One packet of a port: `lpOverlapped` is the call, or null for a wake-up.
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
inline outcome<> associate(int port, int fd) noexcept {
    return detail::tried<call::port_associate>([&] {
        return ::CreateIoCompletionPort(handle_of(fd), handle_of(port), 0, 0) != nullptr &&
               ::SetFileCompletionNotificationModes(
                   handle_of(fd), FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE);
    });
}

/// Puts a packet into the port; from any thread. PostQueuedCompletionStatus.
inline outcome<> post_packet(int port, ::OVERLAPPED* o) noexcept {
    return detail::tried<call::port_post>([&] { return ::PostQueuedCompletionStatus(handle_of(port), 0, 0, o); });
}

/// Takes up to `max` packets and gives their number; 0: the time is up. `timeout` in milliseconds, negative for ever.
/// GetQueuedCompletionStatusEx.
inline outcome<int> take_packets(int port, port_packet* packets, int max, std::int64_t timeout) noexcept {
    return detail::once<call::port_wait, int>([&]() -> outcome<int> {
        ::ULONG found = 0;
        const ::DWORD limit = timeout < 0 ? INFINITE : static_cast<::DWORD>(timeout < 0x7FFFFFFF ? timeout : 0x7FFFFFFF);
        if (::GetQueuedCompletionStatusEx(handle_of(port), packets, static_cast<::ULONG>(max), &found, limit, FALSE))
            return static_cast<int>(found);
        if (::GetLastError() == WAIT_TIMEOUT) return 0;
        return failure(last_error());
    });
}

/// A wait of the system's thread pool.
using pool_wait = void*;

/// Has `Told(context)` called by a thread of the system's pool when the object is signalled; `once`: the first time
/// alone. It must not wait for anything. RegisterWaitForSingleObject.
template <void (*Told)(void*)>
inline outcome<pool_wait> register_wait(int object, void* context, bool once) noexcept {
    return detail::once<call::wait_register, pool_wait>([&]() -> outcome<pool_wait> {
        ::HANDLE wait = nullptr;
        const ::ULONG flags = WT_EXECUTEINWAITTHREAD | (once ? WT_EXECUTEONLYONCE : 0u);
        const auto told = [](void* told_context, ::BOOLEAN) { Told(told_context); };
        if (::RegisterWaitForSingleObject(&wait, handle_of(object), told, context, INFINITE, flags)) return wait;
        return failure(last_error());
    });
}

/// Ends a wait and returns once its callback does not run and will not run again. Not from a callback. UnregisterWaitEx.
inline void unregister_wait(pool_wait wait) noexcept { ::UnregisterWaitEx(wait, INVALID_HANDLE_VALUE); }

/// Has `Work(context)` called by a thread of the system's pool, where it may take long. QueueUserWorkItem.
template <void (*Work)(void*)>
inline outcome<> queue_work(void* context) noexcept {
    return detail::tried<call::thread_start>([&] {
        return ::QueueUserWorkItem(
            [](void* given) -> ::DWORD {
                Work(given);
                return 0;
            },
            context, WT_EXECUTELONGFUNCTION);
    });
}

/// A descriptor of the calling thread; -1 where there is no more room for one. DuplicateHandle.
inline int own_thread() noexcept {
    ::HANDLE copy = nullptr;
    ::DuplicateHandle(::GetCurrentProcess(), ::GetCurrentThread(), ::GetCurrentProcess(), &copy, 0, FALSE,
                      DUPLICATE_SAME_ACCESS);
    return descriptor_of(copy);
}

/// Takes back the synchronous call that a thread is in; false if it is in none. CancelSynchronousIo.
inline bool interrupt_thread(int thread) noexcept { return ::CancelSynchronousIo(handle_of(thread)) != 0; }

/// Lets other threads run. SwitchToThread.
inline void yield_thread() noexcept { ::SwitchToThread(); }

/// An event that is not signalled, and stays signalled once it is. CreateEventW.
inline outcome<int> make_event() noexcept {
    return detail::once<call::eventfd, int>([]() -> outcome<int> {
        const ::HANDLE made = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
        if (!made) return failure(last_error());
        return descriptor_of(made);
    });
}

/// Waits for an object without a limit: for what is known to come soon. WaitForSingleObject.
inline void await_object(int object) noexcept { ::WaitForSingleObject(handle_of(object), INFINITE); }

/// A timer of the finest resolution that the system has; -1 where it has none. CreateWaitableTimerExW, Windows 10 1803.
inline int make_fine_timer() noexcept {
    constexpr ::DWORD high_resolution = 2;  // CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, which older headers do not name
    return descriptor_of(::CreateWaitableTimerExW(nullptr, nullptr, high_resolution, TIMER_ALL_ACCESS));
}

/// Sets the timer off in so many nanoseconds. SetWaitableTimer.
inline bool set_timer(int timer, std::int64_t nanoseconds) noexcept {
    ::LARGE_INTEGER due;
    due.QuadPart = -((nanoseconds + 99) / 100);
    return ::SetWaitableTimer(handle_of(timer), &due, 0, nullptr, nullptr, FALSE) != 0;
}

}  // namespace cohort::sys
