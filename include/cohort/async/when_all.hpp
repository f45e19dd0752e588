// when_all(a, b, ...): runs awaitables at once and waits for all of them.
#pragma once

#include "detail/awaitable.hpp"
#include "detail/join.hpp"
#include "detail/maybe.hpp"
#include "error.hpp"

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort {

/// The values of `when_all(a, b, ...)`, by position.
template <class... Ts>
class all_result {
public:
    /// Takes the values out of the ended tasks, in order; throws if one has none.
    explicit all_result(std::tuple<task<Ts>...>& ended) { take(ended, std::index_sequence_for<Ts...>()); }

    /// The value of the `I`-th awaitable; nothing if that is void.
    template <std::size_t I>
    decltype(auto) get() & noexcept {
        return std::get<I>(values_).get();
    }
    template <std::size_t I>
    decltype(auto) get() const& noexcept {
        return std::get<I>(values_).get();
    }
    template <std::size_t I>
    auto get() && noexcept -> std::add_rvalue_reference_t<std::tuple_element_t<I, std::tuple<Ts...>>> {
        using wanted = std::add_rvalue_reference_t<std::tuple_element_t<I, std::tuple<Ts...>>>;
        return static_cast<wanted>(std::get<I>(values_).get());
    }

private:
    template <std::size_t... Is>
    void take(std::tuple<task<Ts>...>& ended, std::index_sequence<Is...>) {
        (std::get<Is>(values_).fill([&]() -> Ts { return detail::task_access::promise(std::get<Is>(ended)).take(); }),
         ...);
    }

    std::tuple<detail::maybe<Ts>...> values_;
};

namespace detail {

template <class... Ts>
bool start_all(std::tuple<task<Ts>...>& tasks, join_state& join) noexcept {
    std::apply([&](auto&... each) { (join.start(each), ...); }, tasks);
    return sizeof...(Ts) != 0;
}

template <class T>
bool start_all(std::vector<task<T>>& tasks, join_state& join) noexcept {
    for (task<T>& each : tasks) join.start(each);
    return !tasks.empty();
}

template <class Value, class... Ts>
Value take_all(std::tuple<task<Ts>...>& tasks) {
    return Value(tasks);
}

template <class Value, class T>
Value take_all(std::vector<task<T>>& tasks) {
    Value values;
    values.reserve(tasks.size());
    for (task<T>& each : tasks) values.push_back(task_access::promise(each).take());
    return values;
}

/// Waits for all tasks of a tuple or a vector.
template <class Tasks, class Value>
class all_awaiter {
public:
    explicit all_awaiter(Tasks& tasks) noexcept : tasks_(tasks), join_(join_state::policy::all) {}

    bool await_ready() const noexcept { return false; }

    template <std::derived_from<promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        if (!join_.begin(handle.promise())) return false;
        return start_all(tasks_, join_);
    }

    Value await_resume() {
        if (join_.failures().any()) [[unlikely]]
            join_.failures().rethrow();
        if (join_.any_cancelled()) [[unlikely]]
            throw cancelled();
        if constexpr (!std::is_void_v<Value>) return take_all<Value>(tasks_);
    }

private:
    Tasks& tasks_;
    join_state join_;
};

template <class T>
struct all_of_vector {
    static_assert(!std::is_reference_v<T>, "a vector holds no references: let the tasks give pointers");
    using type = std::vector<T>;
};
template <>
struct all_of_vector<void> {
    using type = void;
};

}  // namespace detail

/// The awaitable of `when_all`.
template <class Tasks, class Value>
class [[nodiscard("co_await it")]] when_all_awaitable {
public:
    using value_type = Value;
    explicit when_all_awaitable(Tasks&& tasks) noexcept : tasks_(std::move(tasks)) {}
    detail::all_awaiter<Tasks, Value> operator co_await() && noexcept {
        return detail::all_awaiter<Tasks, Value>(tasks_);
    }

private:
    Tasks tasks_;
};

/// Runs tasks and other awaitables at once and completes when all have ended; gives an `all_result`: `both.get<0>()`.
///
/// Errors: the first failure stops the others and is thrown when they have ended, later ones attached
/// (`error::others`). Cancellation: stops all and throws `cancelled` when they have ended, unless all of them completed
/// all the same; a stop requested before the start starts none. What single awaitables gave is lost when the whole
/// throws: to keep partial results, wrap each in a task that stores them, or in `attempt`.
template <class... As>
    requires(sizeof...(As) > 0)
auto when_all(As&&... awaitables) {
    using tasks = std::tuple<task<detail::await_result<std::remove_cvref_t<As>>>...>;
    using value = all_result<detail::await_result<std::remove_cvref_t<As>>...>;
    return when_all_awaitable<tasks, value>(
        tasks(detail::as_task<std::remove_cvref_t<As>>(std::forward<As>(awaitables))...));
}

/// The same for any number of tasks of one type; gives their values in a vector, in order, or nothing for `task<void>`.
template <class T>
auto when_all(std::vector<task<T>> tasks) {
    return when_all_awaitable<std::vector<task<T>>, typename detail::all_of_vector<T>::type>(std::move(tasks));
}

}  // namespace cohort
