// when_any(a, b, ...): runs awaitables at once; the first to complete wins and the others are cancelled.
#pragma once

#include "detail/awaitable.hpp"
#include "detail/join.hpp"
#include "error.hpp"
#include "result.hpp"
#include "when_all.hpp"

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort {

/// The outcome of `when_any(a, b, ...)`. Others than the winner may have a value too: those that completed before their
/// cancellation reached them.
template <class... Ts>
class any_result {
public:
    any_result(std::tuple<task<Ts>...>& ended, const promise_base* first)
        : any_result(ended, first, std::index_sequence_for<Ts...>()) {}

    /// The position of the one that completed first.
    std::size_t index() const noexcept { return index_; }

    /// Whether the `I`-th awaitable gave a value.
    template <std::size_t I>
    bool has() const noexcept {
        return static_cast<bool>(std::get<I>(outcomes_));
    }

    /// The value of the `I`-th awaitable, nothing if that is void; throws what it ended with if it gave none.
    template <std::size_t I>
    decltype(auto) get() & {
        return std::get<I>(outcomes_).value();
    }
    template <std::size_t I>
    decltype(auto) get() const& {
        return std::get<I>(outcomes_).value();
    }
    template <std::size_t I>
    decltype(auto) get() && {
        return std::move(std::get<I>(outcomes_)).value();
    }

    /// What the `I`-th awaitable ended with, null if it gave a value: the failure of one that lost is found here.
    template <std::size_t I>
    const std::exception_ptr& error() const noexcept {
        return std::get<I>(outcomes_).error();
    }

private:
    template <std::size_t... Is>
    any_result(std::tuple<task<Ts>...>& ended, const promise_base* first, std::index_sequence<Is...>)
        : outcomes_(detail::outcome_of(std::get<Is>(ended))...) {
        ((&detail::task_access::promise(std::get<Is>(ended)) == first ? void(index_ = Is) : void()), ...);
    }

    std::tuple<result<Ts>...> outcomes_;
    std::size_t index_ = 0;
};

/// The outcome of `when_any` of a vector of tasks.
template <class T>
class any_of_result {
public:
    any_of_result(std::vector<task<T>>& ended, const promise_base* first) {
        outcomes_.reserve(ended.size());
        for (std::size_t i = 0; i < ended.size(); ++i) {
            if (&detail::task_access::promise(ended[i]) == first) index_ = i;
            outcomes_.push_back(detail::outcome_of(ended[i]));
        }
    }

    /// The position of the one that completed first.
    std::size_t index() const noexcept { return index_; }

    std::size_t size() const noexcept { return outcomes_.size(); }

    /// Whether the `i`-th task gave a value.
    bool has(std::size_t i) const noexcept { return static_cast<bool>(outcomes_[i]); }

    /// The value of the winner.
    decltype(auto) get() & { return outcomes_[index_].value(); }
    decltype(auto) get() && { return std::move(outcomes_[index_]).value(); }

    /// The value of the `i`-th task; throws what it ended with if it gave none.
    decltype(auto) get(std::size_t i) { return outcomes_[i].value(); }

    /// What the `i`-th task ended with, null if it gave a value.
    const std::exception_ptr& error(std::size_t i) const noexcept { return outcomes_[i].error(); }

private:
    std::vector<result<T>> outcomes_;
    std::size_t index_ = 0;
};

namespace detail {

template <class Tasks, class Value>
class any_awaiter {
public:
    explicit any_awaiter(Tasks& tasks) noexcept : tasks_(tasks), join_(join_state::policy::any) {}

    bool await_ready() const noexcept { return false; }

    template <std::derived_from<promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        if (!join_.begin(handle.promise())) return false;
        return start_all(tasks_, join_);
    }

    Value await_resume() {
        const promise_base* first = join_.first();
        if (!first) throw cancelled();
        if (!join_.first_has_value()) [[unlikely]]
            join_.failures().rethrow();
        return Value(tasks_, first);
    }

private:
    Tasks& tasks_;
    join_state join_;
};

}  // namespace detail

/// The awaitable of `when_any`.
template <class Tasks, class Value>
class [[nodiscard("co_await it")]] when_any_awaitable {
public:
    using value_type = Value;
    explicit when_any_awaitable(Tasks&& tasks) noexcept : tasks_(std::move(tasks)) {}
    detail::any_awaiter<Tasks, Value> operator co_await() && noexcept {
        return detail::any_awaiter<Tasks, Value>(tasks_);
    }

private:
    Tasks tasks_;
};

/// Runs tasks and other awaitables at once; when the first has completed, the others are cancelled and waited for.
/// Gives an `any_result`: `first.index()`, `first.get<0>()`. A loser that completed all the same keeps its value
/// (`first.has<1>()`).
///
/// Errors: if the first to complete failed, that failure is thrown, those of the others attached; a failure of a loser
/// is in `error<I>()`. Cancellation: stops all; throws `cancelled` if none completed. One that ends cancelled by itself
/// does not win; if all do, `cancelled` is thrown. A stop requested before the start starts none.
template <class... As>
    requires(sizeof...(As) > 0)
auto when_any(As&&... awaitables) {
    using tasks = std::tuple<task<detail::await_result<std::remove_cvref_t<As>>>...>;
    using value = any_result<detail::await_result<std::remove_cvref_t<As>>...>;
    return when_any_awaitable<tasks, value>(
        tasks(detail::as_task<std::remove_cvref_t<As>>(std::forward<As>(awaitables))...));
}

/// The same for any number of tasks of one type, at least one: an empty vector throws `cancelled`.
template <class T>
auto when_any(std::vector<task<T>> tasks) {
    return when_any_awaitable<std::vector<task<T>>, any_of_result<T>>(std::move(tasks));
}

}  // namespace cohort
