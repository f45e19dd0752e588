// sleep(duration), sleep_until(time): waits on the executor's clock.
#pragma once

#include "../detail/chrono.hpp"
#include "operation.hpp"
#include "timer_queue.hpp"

namespace cohort {

/// The awaitable of `sleep` and `sleep_until`.
class sleep_operation : public operation<sleep_operation>, private timer {
public:
    sleep_operation(executor::nanoseconds time, bool absolute) noexcept
        : operation("sleep"), timer(&sleep_operation::fired), time_(time), absolute_(absolute) {}
    sleep_operation(const sleep_operation& other) noexcept : sleep_operation(other.time_, other.absolute_) {}

    void await_resume() const { throw_if_cancelled(); }

private:
    friend operation<sleep_operation>;

    bool try_start() {
        exec().timers().arm(*this, absolute_ ? time_ : exec().deadline_after(time_));
        return false;
    }

    bool withdraw() noexcept {
        exec().timers().disarm(*this);
        return true;
    }

    static void fired(timer& t) noexcept { static_cast<sleep_operation&>(t).complete(); }

    executor::nanoseconds time_;
    bool absolute_;
};

/// Completes when `duration` has passed, never earlier. Any number may wait at once; no allocation, no system call of
/// its own. A duration of zero or less lets the loop turn once. Cancellation: disarms the timer.
template <class Rep, class Period>
[[nodiscard("co_await it")]] sleep_operation sleep(std::chrono::duration<Rep, Period> duration) noexcept {
    return sleep_operation(to_nanoseconds(duration), false);
}

/// Completes at a point of time of the steady clock.
[[nodiscard("co_await it")]] inline sleep_operation sleep_until(executor::clock::time_point when) noexcept {
    return sleep_operation(to_nanoseconds(when.time_since_epoch()), true);
}

}  // namespace cohort
