// mutex: mutual exclusion of coroutines across their awaits.
//
// Coroutines of one executor never run at the same time, so a critical section without a `co_await` needs no mutex.
// Ownership is handed to the longest waiter by `unlock` itself: between the two nobody can slip in, and no waiter
// starves.
#pragma once

#include "../detail/exchanged.hpp"
#include "detail/waiter_list.hpp"
#include "operation.hpp"

namespace cohort {

/// A mutex for the coroutines of one executor; not recursive. Must outlive its owners and waiters.
class mutex {
public:
    /// Owns the mutex; unlocks it when destroyed. Movable.
    class [[nodiscard]] guard {
    public:
        guard() noexcept : mutex_(nullptr) {}
        guard(guard&& other) noexcept : mutex_(detail::exchanged(other.mutex_, nullptr)) {}
        guard& operator=(guard&& other) noexcept {
            if (this != &other) {
                unlock();
                mutex_ = detail::exchanged(other.mutex_, nullptr);
            }
            return *this;
        }
        ~guard() { unlock(); }

        /// Whether it owns a mutex.
        explicit operator bool() const noexcept { return mutex_ != nullptr; }

        /// Gives the mutex back before the guard ends; does nothing if it owns none.
        void unlock() noexcept {
            if (mutex_) detail::exchanged(mutex_, nullptr)->release();
        }

    private:
        friend mutex;
        explicit guard(mutex& m) noexcept : mutex_(&m) {}

        mutex* mutex_;
    };

    /// The awaitable of `lock`.
    class lock_operation : public operation<lock_operation>, private detail::waiter_node {
    public:
        explicit lock_operation(mutex& m) noexcept : operation("mutex.lock"), mutex_(m) {}
        lock_operation(const lock_operation&) noexcept = default;
        guard await_resume() const {
            throw_if_cancelled();
            return guard(mutex_);
        }

    private:
        friend operation<lock_operation>;
        friend detail::waiter_list<lock_operation>;
        friend mutex;

        bool try_start() noexcept {
            if (!mutex_.locked_) {
                mutex_.locked_ = true;
                return true;
            }
            mutex_.waiters_.push_back(*this);
            return false;
        }

        bool withdraw() noexcept {
            waiter_node::unlink();
            return true;
        }

        mutex& mutex_;
    };

    mutex() noexcept {}
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;

    bool is_locked() const noexcept { return locked_; }

    /// Completes with a guard when the mutex is free, in the order of the calls. Allocates nothing. Cancellation: the
    /// waiter leaves the queue; a lock that was already handed over is returned.
    [[nodiscard("co_await it")]] lock_operation lock() noexcept { return lock_operation(*this); }

    /// A guard that owns the mutex if it was free, else an empty one.
    guard try_lock() noexcept {
        if (locked_) return guard();
        locked_ = true;
        return guard(*this);
    }

private:
    void release() noexcept {
        if (waiters_.empty()) locked_ = false;
        else waiters_.pop_front().complete();  // stays locked: the waiter owns it now
    }

    detail::waiter_list<lock_operation> waiters_;
    bool locked_ = false;
};

}  // namespace cohort
