/// @file
/// Threads, locks and conditions, without the cost of <thread> and <condition_variable> in every user's program.
///
/// The lock and the condition are constant-initialised and have trivial destructors: as objects of static storage they
/// can be used before main begins and after it has ended.
#pragma once

#include "invoke.hpp"

#include <cstdint>
#include <new>

namespace cohort::sys {

/// A lock that one thread holds at a time. AcquireSRWLockExclusive.
class thread_lock {
public:
    constexpr thread_lock() noexcept = default;
    thread_lock(const thread_lock&) = delete;
    thread_lock& operator=(const thread_lock&) = delete;

    void lock() noexcept { ::AcquireSRWLockExclusive(&lock_); }
    void unlock() noexcept { ::ReleaseSRWLockExclusive(&lock_); }

private:
    friend class thread_condition;
    ::SRWLOCK lock_ = SRWLOCK_INIT;
};

/// Something that threads wait for while they give up a lock. SleepConditionVariableSRW.
class thread_condition {
public:
    constexpr thread_condition() noexcept = default;
    thread_condition(const thread_condition&) = delete;
    thread_condition& operator=(const thread_condition&) = delete;

    void notify_one() noexcept { ::WakeConditionVariable(&condition_); }
    void notify_all() noexcept { ::WakeAllConditionVariable(&condition_); }

    /// Waits until notified, or for no reason at all: look at what was waited for again.
    void wait(thread_lock& held) noexcept { ::SleepConditionVariableSRW(&condition_, &held.lock_, INFINITE, 0); }

    /// The same for at most `nanoseconds`; false: the time is up.
    bool wait_for(thread_lock& held, std::int64_t nanoseconds) noexcept {
        const std::int64_t milliseconds = nanoseconds / 1'000'000 + (nanoseconds % 1'000'000 != 0);
        const ::DWORD limit = milliseconds < 0x7FFFFFFF ? static_cast<::DWORD>(milliseconds) : 0x7FFFFFFF;
        return ::SleepConditionVariableSRW(&condition_, &held.lock_, limit, 0) || ::GetLastError() != ERROR_TIMEOUT;
    }

private:
    ::CONDITION_VARIABLE condition_ = CONDITION_VARIABLE_INIT;
};

namespace detail {
struct thread_beginning {
    void* (*body)(void*);
    void* argument;

    static ::DWORD WINAPI run(void* self) noexcept {
        const thread_beginning here = *static_cast<thread_beginning*>(self);
        delete static_cast<thread_beginning*>(self);
        here.body(here.argument);
        return 0;
    }
};
}  // namespace detail

/// Starts a thread that runs `body(argument)` and that nobody joins. CreateThread.
inline outcome<> start_thread(void* (*body)(void*), void* argument) noexcept {
    return detail::once<call::thread_start, void>([&]() -> outcome<> {
        auto* const beginning = new (std::nothrow) detail::thread_beginning{body, argument};
        if (!beginning) return failure(ENOMEM);
        const ::HANDLE made = ::CreateThread(nullptr, 0, &detail::thread_beginning::run, beginning, 0, nullptr);
        if (!made) {
            const int code = last_error();
            delete beginning;
            return failure(code);
        }
        ::CloseHandle(made);
        return success();
    });
}

}  // namespace cohort::sys
