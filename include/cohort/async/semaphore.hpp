// semaphore: a count of permits that coroutines take and give back.
//
// Requests are served strictly in order: while one waits, none behind it is served, however small. So a big request
// cannot starve. When a waiting request at the head is cancelled, those behind it that fit are served at once.
#pragma once

#include "detail/waiter_list.hpp"
#include "operation.hpp"

#include <cstddef>

namespace cohort {

/// A counting semaphore for the coroutines of one executor. Must outlive its waiters.
class semaphore {
public:
    /// The awaitable of `acquire`.
    class acquire_operation : public operation<acquire_operation>, private detail::waiter_node {
    public:
        acquire_operation(semaphore& s, std::size_t wanted) noexcept
            : operation("semaphore.acquire"), semaphore_(s), wanted_(wanted) {}
        acquire_operation(const acquire_operation&) noexcept = default;
        void await_resume() const { throw_if_cancelled(); }

    private:
        friend operation<acquire_operation>;
        friend detail::waiter_list<acquire_operation>;
        friend semaphore;

        bool try_start() noexcept {
            if (semaphore_.try_acquire(wanted_)) return true;
            semaphore_.waiters_.push_back(*this);
            return false;
        }

        bool withdraw() noexcept {
            waiter_node::unlink();
            semaphore_.serve();
            return true;
        }

        semaphore& semaphore_;
        std::size_t wanted_;
    };

    explicit semaphore(std::size_t permits) noexcept : available_(permits) {}
    semaphore(const semaphore&) = delete;
    semaphore& operator=(const semaphore&) = delete;

    /// Permits that nobody holds.
    std::size_t available() const noexcept { return available_; }

    /// Completes when `n` permits could be taken, in the order of the calls; all `n` are taken at once. A request for
    /// more permits than there will ever be waits for ever. Allocates nothing. Cancellation: takes none.
    [[nodiscard("co_await it")]] acquire_operation acquire(std::size_t n = 1) noexcept {
        return acquire_operation(*this, n);
    }

    /// Takes `n` permits if they are free and nobody waits.
    bool try_acquire(std::size_t n = 1) noexcept {
        if (!waiters_.empty() || n > available_) return false;
        available_ -= n;
        return true;
    }

    /// Gives `n` permits back, or adds new ones.
    void release(std::size_t n = 1) noexcept {
        available_ += n;
        serve();
    }

private:
    void serve() noexcept {
        while (!waiters_.empty() && waiters_.front().wanted_ <= available_) {
            acquire_operation& next = waiters_.pop_front();
            available_ -= next.wanted_;
            next.complete();
        }
    }

    detail::waiter_list<acquire_operation> waiters_;
    std::size_t available_;
};

}  // namespace cohort
