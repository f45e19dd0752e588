// The entry of a coroutine that may complete without waiting: it must not begin where a stop was requested before.
#pragma once

#include "../async/error.hpp"
#include "../async/executor.hpp"
#include "../async/stop.hpp"

#include <concepts>
#include <coroutine>

namespace cohort::detail {

/// Completes at once: throws `cancelled` where the awaiting coroutine's stop was requested.
class cancellation_point {
public:
    cancellation_point() noexcept {}
    bool await_ready() const noexcept { return false; }

    template <std::derived_from<promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        stopped_ = handle.promise().stop->stop_requested();
        return false;
    }

    void await_resume() const {
        if (stopped_) throw cancelled();
    }

private:
    bool stopped_ = false;
};

}  // namespace cohort::detail
