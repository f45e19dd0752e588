// attempt(awaitable): a result instead of an exception.
#pragma once

#include "detail/awaitable.hpp"
#include "result.hpp"

#include <concepts>
#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace cohort {

/// The awaitable of `attempt`.
template <class A>
class [[nodiscard("co_await it")]] attempt_awaitable {
public:
    using value_type = detail::await_result<A>;

    [[gnu::always_inline]] explicit attempt_awaitable(A&& inner) : inner_(std::move(inner)) {}

    class awaiter {
    public:
        [[gnu::always_inline]] explicit awaiter(A& inner) : inner_(inner) {}

        [[gnu::always_inline]] bool await_ready() const noexcept { return false; }

        template <std::derived_from<promise_base> Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            try {
                return inner_.begin(handle);
            } catch (...) {
                not_started_ = std::current_exception();
                return false;
            }
        }

        result<value_type> await_resume() {
            if (not_started_) [[unlikely]]
                return result<value_type>(std::move(not_started_));
            return result<value_type>::of([this]() -> value_type { return inner_.finish(); });
        }

    private:
        detail::nested_awaiter<A> inner_;
        std::exception_ptr not_started_;
    };

    awaiter operator co_await() && { return awaiter(inner_); }

private:
    A inner_;
};

/// Awaits `awaitable` (a task or any operation) and gives a `result` of its value type in place of throwing. Allocates
/// nothing. Cancellation: reaches the awaitable as it would without `attempt`, and is a result with `cancelled()`.
template <class A>
attempt_awaitable<std::remove_cvref_t<A>> attempt(A&& awaitable) {
    return attempt_awaitable<std::remove_cvref_t<A>>(std::remove_cvref_t<A>(std::forward<A>(awaitable)));
}

}  // namespace cohort
