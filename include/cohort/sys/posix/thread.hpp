/// @file
/// Threads, locks and conditions, without the cost of <thread> and <condition_variable> in every user's program.
///
/// The lock and the condition are constant-initialised and have trivial destructors: as objects of static storage they
/// can be used before main begins and after it has ended.
#pragma once

#include "../detail/invoke.hpp"
#include "../timed_wait.hpp"

#include <cerrno>
#include <cstdint>

#include <pthread.h>
#include <signal.h>

namespace cohort::sys {

/// A lock that one thread holds at a time. pthread_mutex_lock(3).
class thread_lock {
public:
    constexpr thread_lock() noexcept = default;
    thread_lock(const thread_lock&) = delete;
    thread_lock& operator=(const thread_lock&) = delete;

    void lock() noexcept { ::pthread_mutex_lock(&mutex_); }
    void unlock() noexcept { ::pthread_mutex_unlock(&mutex_); }

private:
    friend class thread_condition;
    ::pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

/// Something that threads wait for while they give up a lock. pthread_cond_wait(3).
class thread_condition {
public:
    constexpr thread_condition() noexcept = default;
    thread_condition(const thread_condition&) = delete;
    thread_condition& operator=(const thread_condition&) = delete;

    void notify_one() noexcept { ::pthread_cond_signal(&condition_); }
    void notify_all() noexcept { ::pthread_cond_broadcast(&condition_); }

    /// Waits until notified, or for no reason at all: look at what was waited for again.
    void wait(thread_lock& held) noexcept { ::pthread_cond_wait(&condition_, &held.mutex_); }

    /// The same for at most `nanoseconds`; false: the time is up. By the monotonic clock.
    bool wait_for(thread_lock& held, std::int64_t nanoseconds) noexcept {
        return detail::condition_wait(condition_, held.mutex_, nanoseconds);
    }

private:
    ::pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
};

/// Starts a thread that runs `body(argument)` with all signals blocked, so that handlers run in the program's own
/// threads, and that nobody joins. EAGAIN: too many threads. EINTR does not occur. pthread_create(3).
inline outcome<> start_thread(void* (*body)(void*), void* argument) noexcept {
    return detail::once<call::thread_start, void>([&] {
        ::pthread_attr_t attributes;
        ::pthread_attr_init(&attributes);
        ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        ::sigset_t all;
        ::sigset_t former;
        sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &former);
        ::pthread_t made;
        const int error = ::pthread_create(&made, &attributes, body, argument);
        ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
        ::pthread_attr_destroy(&attributes);
        if (error == 0) return 0;
        // pthread_create returns its error instead of setting errno.
        errno = error;
        return -1;
    });
}

}  // namespace cohort::sys
