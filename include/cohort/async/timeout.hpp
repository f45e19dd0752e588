// timeout(duration, awaitable): a cancellation by a timer.
//
// The awaitable runs under a stop source of its own, chained to the awaiting coroutine's. Whether it completed or was
// cancelled is for the awaitable alone to say: if it completed although the timer fired, its value is returned, so
// nothing that was received is ever lost. All state stands in the awaiter: a timeout allocates nothing beyond the
// timer's place.
#pragma once

#include "../detail/chrono.hpp"
#include "detail/awaitable.hpp"
#include "detail/maybe.hpp"
#include "detail/stop_loan.hpp"
#include "error.hpp"
#include "stop.hpp"
#include "timer_queue.hpp"

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

namespace cohort {

namespace detail {

/// What `*` of a `timed<T>` gives: an optional is flattened.
template <class T>
struct timed_traits {
    using value = T;
    static constexpr bool flat = false;
};
template <class U>
struct timed_traits<std::optional<U>> {
    using value = U;
    static constexpr bool flat = true;
};

}  // namespace detail

/// The outcome of `timeout`: a value, or the news that time ran out. A `T` that is an optional is flattened: `operator
/// bool` says whether there is a value in it, `timed_out()` tells the two ways of having none apart.
template <class T = void>
class [[nodiscard]] timed {
    using traits = detail::timed_traits<T>;

public:
    using value_type = typename traits::value;

    [[gnu::always_inline]] timed() noexcept {}

    template <class F>
    static timed of(F&& make) {
        timed outcome;
        outcome.value_.fill(make);
        return outcome;
    }

    /// Whether there is a value. For void: whether the awaitable completed in time.
    explicit operator bool() const noexcept {
        if constexpr (traits::flat) return value_.has() && value_.get().has_value();
        else return value_.has();
    }

    /// Whether the time ran out before the awaitable completed.
    bool timed_out() const noexcept { return !value_.has(); }

    /// The value; there must be one.
    std::add_lvalue_reference_t<value_type> operator*() & noexcept {
        if constexpr (traits::flat) return *value_.get();
        else return value_.get();
    }
    std::add_lvalue_reference_t<const value_type> operator*() const& noexcept {
        if constexpr (traits::flat) return *value_.get();
        else return value_.get();
    }
    std::add_rvalue_reference_t<value_type> operator*() && noexcept {
        return static_cast<std::add_rvalue_reference_t<value_type>>(**this);
    }

    std::remove_reference_t<value_type>* operator->() noexcept
        requires(!std::is_void_v<value_type>)
    {
        return &**this;
    }
    const std::remove_reference_t<value_type>* operator->() const noexcept
        requires(!std::is_void_v<value_type>)
    {
        return &**this;
    }

    /// What the awaitable gave (an optional is not flattened here); throws `std::errc::timed_out` if time ran out.
    std::add_lvalue_reference_t<T> value() & {
        check();
        return value_.get();
    }
    std::add_rvalue_reference_t<T> value() && {
        check();
        return static_cast<std::add_rvalue_reference_t<T>>(value_.get());
    }

private:
    void check() const {
        if (timed_out()) throw error(std::make_error_code(std::errc::timed_out), "timeout");
    }

    detail::maybe<T> value_;
};

/// The awaitable of `timeout` and `timeout_at`.
template <class A>
class [[nodiscard("co_await it")]] timeout_awaitable {
public:
    using inner_value = detail::await_result<A>;
    using value_type = timed<inner_value>;

    timeout_awaitable(executor::nanoseconds time, bool absolute, A&& inner)
        : inner_(std::move(inner)), time_(time), absolute_(absolute) {}

    class awaiter : private timer {
    public:
        awaiter(A& inner, executor::nanoseconds time, bool absolute)
            : timer(&awaiter::fired), inner_(inner), time_(time), absolute_(absolute) {}

        [[gnu::always_inline]] bool await_ready() const noexcept { return false; }

        template <std::derived_from<promise_base> Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle) {
            executor& exec = *handle.promise().exec;
            // Once the awaitable has begun, nothing may fail: the timer takes its place first, and its time afterwards,
            // as one that completes at once needs no look at the clock.
            exec.timers().arm(*this, INT64_MAX);
            stop_.chain(stop_token(handle.promise().stop));
            try {
                if (!loan_.begin(inner_, handle, &stop_)) return false;
            } catch (...) {
                exec.timers().disarm(*this);
                throw;
            }
            exec.timers().rearm(*this, absolute_ ? time_ : exec.deadline_after(time_));
            return true;
        }

        value_type await_resume() {
            loan_.exec().timers().disarm(*this);
            try {
                return value_type::of([this]() -> inner_value { return loan_.finish(inner_); });
            } catch (const cancelled&) {
                if (!fired_) throw;
            }
            return value_type();
        }

    private:
        static void fired(timer& t) noexcept {
            auto& self = static_cast<awaiter&>(t);
            self.fired_ = self.stop_.request_stop();
        }

        detail::nested_awaiter<A> inner_;
        stop_source stop_;
        detail::stop_loan loan_;
        executor::nanoseconds time_;
        bool absolute_;
        bool fired_ = false;  // and the timer was what stopped it
    };

    awaiter operator co_await() && { return awaiter(inner_, time_, absolute_); }

private:
    A inner_;
    executor::nanoseconds time_;
    bool absolute_;
};

/// Awaits `awaitable` for at most `duration` and gives a `timed` of its value. When the time has run out the awaitable
/// is cancelled and waited for; a value it gives nevertheless is returned. A duration of zero tries once.
///
/// Errors: those of the awaitable. Cancellation: stops the awaitable and throws `cancelled`. To catch errors as well,
/// write `attempt(timeout(...))`, not the reverse: inside, `attempt` would take the timer's cancellation for its
/// result.
template <class Rep, class Period, class A>
timeout_awaitable<std::remove_cvref_t<A>> timeout(std::chrono::duration<Rep, Period> duration, A&& awaitable) {
    using own = std::remove_cvref_t<A>;
    return timeout_awaitable<own>(to_nanoseconds(duration), false, own(std::forward<A>(awaitable)));
}

/// The same with a point of time of the steady clock.
template <class A>
timeout_awaitable<std::remove_cvref_t<A>> timeout_at(executor::clock::time_point deadline, A&& awaitable) {
    using own = std::remove_cvref_t<A>;
    return timeout_awaitable<own>(to_nanoseconds(deadline.time_since_epoch()), true, own(std::forward<A>(awaitable)));
}

}  // namespace cohort
