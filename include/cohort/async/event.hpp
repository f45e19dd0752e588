// event: a flag that coroutines can wait for.
#pragma once

#include "detail/waiter_list.hpp"
#include "operation.hpp"

namespace cohort {

/// A manual-reset event for the coroutines of one executor. It stays set until `reset`. To set it from another thread,
/// post the call to the loop that the waiters run on. Must outlive its waiters.
class event {
public:
    /// The awaitable of `wait`.
    class wait_operation : public operation<wait_operation>, private detail::waiter_node {
    public:
        explicit wait_operation(event& e) noexcept : operation("event.wait"), event_(e) {}
        wait_operation(const wait_operation&) noexcept = default;
        [[gnu::always_inline]] void await_resume() const { throw_if_cancelled(); }

    private:
        friend operation<wait_operation>;
        friend detail::waiter_list<wait_operation>;
        friend event;

        bool try_start() noexcept {
            if (event_.set_) return true;
            event_.waiters_.push_back(*this);
            return false;
        }

        bool withdraw() noexcept {
            waiter_node::unlink();
            return true;
        }

        event& event_;
    };

    [[gnu::always_inline]] explicit event(bool set = false) noexcept : set_(set) {}
    event(const event&) = delete;
    event& operator=(const event&) = delete;

    bool is_set() const noexcept { return set_; }

    /// Sets the flag and completes all waits, in the order in which they began.
    void set() noexcept {
        set_ = true;
        while (!waiters_.empty()) waiters_.pop_front().complete();
    }

    /// Clears the flag. Waits that `set` has completed stay completed.
    void reset() noexcept { set_ = false; }

    /// Completes when the event is set, at once if it is. Any number may wait. Allocates nothing. Cancellation: leaves
    /// the event as it is.
    [[nodiscard("co_await it")]] wait_operation wait() noexcept { return wait_operation(*this); }

private:
    detail::waiter_list<wait_operation> waiters_;
    bool set_;
};

}  // namespace cohort
