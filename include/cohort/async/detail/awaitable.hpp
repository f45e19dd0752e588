// What combinators need to know about an awaitable they are given: its awaiter, its result, and how to run it inside
// another awaiter without a coroutine frame of its own.
#pragma once

#include "../executor.hpp"
#include "../task.hpp"

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>

namespace cohort::detail {

template <class T>
struct is_task : std::false_type {};
template <class T>
struct is_task<task<T>> : std::true_type {};

template <class A>
concept member_awaitable = requires(A&& a) { static_cast<A&&>(a).operator co_await(); };

template <class A>
concept free_awaitable = requires(A&& a) { operator co_await(static_cast<A&&>(a)); };

/// The awaiter of `awaitable`: an object of its own, or a reference to an awaitable that is its own awaiter.
template <class A>
decltype(auto) get_awaiter(A&& awaitable) {
    if constexpr (member_awaitable<A>) return static_cast<A&&>(awaitable).operator co_await();
    else if constexpr (free_awaitable<A>) return operator co_await(static_cast<A&&>(awaitable));
    else return static_cast<std::remove_reference_t<A>&>(awaitable);
}

template <class A>
using awaiter_of = decltype(get_awaiter(std::declval<A>()));

/// What `co_await` of an rvalue `A` gives.
template <class A>
using await_result = decltype(std::declval<std::remove_reference_t<awaiter_of<A>>&>().await_resume());

/// The awaiter of a stored awaitable, for use inside another awaiter that lives in the same coroutine frame.
template <class A>
class nested_awaiter {
public:
    using value_type = await_result<A>;

    [[gnu::always_inline]] explicit nested_awaiter(A& awaitable) : awaiter_(get_awaiter(std::move(awaitable))) {}
    nested_awaiter(const nested_awaiter&) = delete;
    nested_awaiter& operator=(const nested_awaiter&) = delete;

    /// Starts it on behalf of the coroutine. Returns whether the coroutine has to suspend.
    template <std::derived_from<promise_base> Promise>
    bool begin(std::coroutine_handle<Promise> handle) {
        if (awaiter_.await_ready()) return false;
        using suspended = decltype(awaiter_.await_suspend(handle));
        static_assert(
            std::is_void_v<suspended> || std::is_same_v<suspended, bool>,
            "an awaiter of this library hands over through the executor, not by returning a coroutine handle");
        if constexpr (std::is_void_v<suspended>) {
            awaiter_.await_suspend(handle);
            return true;
        } else {
            return awaiter_.await_suspend(handle);
        }
    }

    [[gnu::always_inline]] value_type finish() { return awaiter_.await_resume(); }

private:
    awaiter_of<A> awaiter_;
};

/// Turns an awaitable into a task that can run as a root; a task is passed on as it is.
template <class A>
task<await_result<A>> as_task(A awaitable) {
    if constexpr (is_task<A>::value) return awaitable;
    else return [](A own) -> task<await_result<A>> { co_return co_await std::move(own); }(std::move(awaitable));
}

}  // namespace cohort::detail
