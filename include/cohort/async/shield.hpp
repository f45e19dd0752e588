// shield(awaitable): work that must not be cancelled, such as cleaning up after a cancellation.
#pragma once

#include "detail/awaitable.hpp"
#include "detail/stop_loan.hpp"

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>

namespace cohort {

/// The awaitable of `shield`.
template <class A>
class [[nodiscard("co_await it")]] shield_awaitable {
public:
    using value_type = detail::await_result<A>;

    explicit shield_awaitable(A&& inner) : inner_(std::move(inner)) {}

    class awaiter {
    public:
        [[gnu::always_inline]] explicit awaiter(A& inner) : inner_(inner) {}

        [[gnu::always_inline]] bool await_ready() const noexcept { return false; }

        template <std::derived_from<promise_base> Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle) {
            return loan_.begin(inner_, handle, &handle.promise().exec->root_stop());
        }

        [[gnu::always_inline]] value_type await_resume() { return loan_.finish(inner_); }

    private:
        detail::nested_awaiter<A> inner_;
        detail::stop_loan loan_;
    };

    awaiter operator co_await() && { return awaiter(inner_); }

private:
    A inner_;
};

/// Awaits `awaitable` under a token that never stops: it runs to its end even if a stop was requested before or is
/// requested while it runs. The next unshielded operation of the coroutine is cancelled as usual. Put a `timeout`
/// inside, lest the clean-up keeps a whole tree from ending. Errors: those of the awaitable. Allocates nothing.
template <class A>
shield_awaitable<std::remove_cvref_t<A>> shield(A&& awaitable) {
    return shield_awaitable<std::remove_cvref_t<A>>(std::remove_cvref_t<A>(std::forward<A>(awaitable)));
}

}  // namespace cohort
