// Runs several tasks at once and waits for all of them: the common part of when_all and when_any.
//
// The state stands in the frame of the awaiting coroutine, which is resumed only after the last child has ended, so
// children point to it without counting. Children end in the trampoline, one at a time; their frames keep their values
// until the awaiting coroutine has taken them.
#pragma once

#include "../result.hpp"
#include "../stop.hpp"
#include "../task.hpp"
#include "failures.hpp"

#include <cstddef>
#include <exception>

namespace cohort::detail {

/// The outcome of a task that has ended.
template <class T>
result<T> outcome_of(task<T>& ended) {
    return result<T>::of([&]() -> T { return task_access::promise(ended).take(); });
}

class join_state {
public:
    enum class policy : unsigned char { all, any };

    explicit join_state(policy p) noexcept : policy_(p) {}
    join_state(const join_state&) = delete;
    join_state& operator=(const join_state&) = delete;

    /// To be called before the children are started. Returns false if the awaiting coroutine is to stop already.
    bool begin(promise_base& waiter) noexcept {
        waiter_ = &waiter;
        stop_.chain(stop_token(waiter.stop));
        cancelled_ = stop_.stop_requested();
        return !cancelled_;
    }

    template <class T>
    void start(task<T>& child) noexcept {
        ++running_;
        task_access::start(task_access::promise(child), *waiter_->exec, &stop_, this, &join_state::ended<T>);
    }

    /// The child that was first to complete, null if none did.
    const promise_base* first() const noexcept { return first_; }

    bool first_has_value() const noexcept { return first_has_value_; }

    detail::failures& failures() noexcept { return failures_; }
    bool any_cancelled() const noexcept { return cancelled_; }

private:
    template <class T>
    static void ended(promise_base& p) noexcept {
        static_cast<join_state*>(p.owner)->child_ended(p, static_cast<typename task<T>::promise_type&>(p).error());
    }

    void child_ended(promise_base& p, const std::exception_ptr& thrown) noexcept {
        if (thrown) {
            const bool failed = failures_.add(thrown);
            if (failed && !first_) first_ = &p;
            if (!failed) cancelled_ = true;
            if (failed || policy_ == policy::all) stop_.request_stop();
        } else {
            if (!first_) {
                first_ = &p;
                first_has_value_ = true;
            }
            if (policy_ == policy::any) stop_.request_stop();
        }
        if (--running_ == 0) waiter_->exec->schedule(*waiter_);
    }

    stop_source stop_;
    promise_base* waiter_ = nullptr;
    const promise_base* first_ = nullptr;
    std::size_t running_ = 0;
    detail::failures failures_;
    policy policy_;
    bool cancelled_ = false;
    bool first_has_value_ = false;
};

}  // namespace cohort::detail
