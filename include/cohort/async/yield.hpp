// yield(): lets the other ready coroutines run first.
#pragma once

#include "error.hpp"
#include "executor.hpp"
#include "stop.hpp"

#include <concepts>
#include <coroutine>

namespace cohort {

/// The awaitable of `yield`.
class yield_awaiter {
public:
    yield_awaiter() noexcept {}

    bool await_ready() const noexcept { return false; }

    template <std::derived_from<promise_base> Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        promise_base& p = handle.promise();
        stop_ = p.stop;
        p.exec->schedule(p);
    }

    void await_resume() const {
        if (stop_->stop_requested()) throw cancelled();
    }

private:
    stop_source* stop_ = nullptr;
};

/// Puts the coroutine at the end of the ready queue. Completes in the same or the next turn of the loop; costs no
/// system call of its own. Cancellation: throws `cancelled` if the stop was requested by the time it would go on.
[[nodiscard("co_await it")]] inline yield_awaiter yield() noexcept { return yield_awaiter(); }

}  // namespace cohort
