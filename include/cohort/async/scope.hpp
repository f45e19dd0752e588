// scope(body): structured concurrency. Children live no longer than the scope; the first failure stops the rest.
//
// The scope's state lives in the frame of the scope coroutine, which does not end before the last child has: so
// children may point to it without counting. Children report their end from the trampoline, after their frame is quiet,
// and are destroyed there. The join cannot be cancelled: cancellation reaches the children through the scope's stop
// source, which is chained to the awaiter's, and the join waits for them to wind up.
#pragma once

#include "../detail/exchanged.hpp"
#include "detail/awaitable.hpp"
#include "detail/failures.hpp"
#include "error.hpp"
#include "stop.hpp"
#include "task.hpp"

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace cohort {

namespace detail {

class scope_state {
public:
    scope_state(executor& exec, stop_source* outer) noexcept : exec_(exec), stop_(stop_token(outer)) {}
    scope_state(const scope_state&) = delete;
    scope_state& operator=(const scope_state&) = delete;

    template <class T>
    void spawn(task<T>&& child) noexcept {
        ++running_;
        task_access::start(task_access::release(std::move(child)), exec_, &stop_, this, &scope_state::ended<T>);
    }

    [[gnu::always_inline]] stop_source& stop() noexcept { return stop_; }
    std::size_t running() const noexcept { return running_; }

    /// Records how the body or a child ended early.
    void failed(const std::exception_ptr& thrown) noexcept {
        if (failures_.add(thrown)) stop_.request_stop();
        else if (!cancelled_here_) cancelled_ = true;
    }

    /// Stops the children on the scope's own decision: their cancellation is then no news to whoever awaits the scope.
    void cancel() noexcept {
        if (stop_.request_stop()) cancelled_here_ = true;
    }

    /// To be called after the join: throws what the scope as a whole ends with, if it does.
    void rethrow() {
        if (failures_.any()) failures_.rethrow();
        if (cancelled_) throw cancelled();
    }

    /// Completes when the last child has ended. By the time the scope goes on there may be others: who holds a
    /// `scope_ref` outside may have spawned them meanwhile.
    class join_awaiter {
    public:
        [[gnu::always_inline]] explicit join_awaiter(scope_state& s) noexcept : scope_(s) {}
        [[gnu::always_inline]] bool await_ready() const noexcept { return scope_.running_ == 0; }
        template <std::derived_from<promise_base> Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            scope_.joiner_ = &handle.promise();
        }
        [[gnu::always_inline]] void await_resume() const noexcept {}

    private:
        scope_state& scope_;
    };

    [[gnu::always_inline]] join_awaiter join() noexcept { return join_awaiter(*this); }

private:
    template <class T>
    static void ended(promise_base& p) noexcept {
        auto& promise = static_cast<typename task<T>::promise_type&>(p);
        auto& self = *static_cast<scope_state*>(p.owner);
        std::exception_ptr thrown = promise.error();
        p.handle.destroy();
        if (thrown) self.failed(thrown);
        if (--self.running_ == 0 && self.joiner_) self.exec_.schedule(*detail::exchanged(self.joiner_, nullptr));
    }

    executor& exec_;
    stop_source stop_;
    std::size_t running_ = 0;
    promise_base* joiner_ = nullptr;
    detail::failures failures_;
    bool cancelled_here_ = false;
    bool cancelled_ = false;  // by somebody else
};

/// Keeps a callable and its arguments in the coroutine's frame for as long as it runs. As with std::thread, the stored
/// arguments are passed on as rvalues.
template <class F, class... Args>
auto call_stored(F function, Args... args) -> task<typename std::invoke_result_t<F&, Args...>::value_type> {
    co_return co_await function(std::move(args)...);
}

/// Reads the awaiting coroutine's own promise; completes at once.
class this_coroutine {
public:
    [[gnu::always_inline]] this_coroutine() noexcept {}
    [[gnu::always_inline]] bool await_ready() const noexcept { return false; }
    template <std::derived_from<promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        promise_ = &handle.promise();
        return false;
    }
    [[gnu::always_inline]] promise_base& await_resume() const noexcept { return *promise_; }

private:
    promise_base* promise_ = nullptr;
};

}  // namespace detail

/// What the body of a scope gets: starts children, stops them all. Copyable; valid while the scope runs.
class scope_ref {
public:
    [[gnu::always_inline]] explicit scope_ref(detail::scope_state& state) noexcept : state_(&state) {}

    /// Starts a task as a child. It first runs when the spawning coroutine next waits; its value is dropped.
    template <class T>
    void spawn(task<T> child) const noexcept {
        state_->spawn(std::move(child));
    }

    /// Calls `function(args...)`, which gives a task, as a child. The callable and decayed copies of the arguments are
    /// kept in the child's frame, so captures and arguments cannot dangle; pass `std::ref` for what outlives the scope.
    template <class F, class... Args>
        requires(!detail::is_task<std::remove_cvref_t<F>>::value)
    void spawn(F&& function, Args&&... args) const {
        static_assert(requires { typename std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>::value_type; },
                      "the function given to spawn is a coroutine and can be called with copies of the arguments; where "
                      "it takes a reference, give std::ref(...)");
        state_->spawn(detail::call_stored<std::decay_t<F>, std::decay_t<Args>...>(std::forward<F>(function),
                                                                                    std::forward<Args>(args)...));
    }

    /// Asks the children and the rest of the body to stop. The scope still waits for them.
    [[gnu::always_inline]] void cancel() const noexcept { state_->cancel(); }

    stop_token token() const noexcept { return state_->stop().token(); }

    /// How many children have not ended yet.
    std::size_t running() const noexcept { return state_->running(); }

private:
    detail::scope_state* state_;
};

namespace detail {

/// What a scope's body returns. Where that is no task, the compiler says so and goes on as if it were one.
template <class Body, class Task = std::invoke_result_t<Body&, scope_ref>>
struct scope_task {
    static_assert(is_task<Task>::value,
                  "the function given to scope is a coroutine: write `-> cohort::task<>`, and co_return where nothing is "
                  "awaited");
    using type = std::conditional_t<is_task<Task>::value, Task, task<>>;
};

}  // namespace detail

/// Runs `body(scope_ref)`, a coroutine, and completes when it and all children it spawned have ended, with the body's
/// value.
///
/// Errors: the first failure, of the body or a child, stops all others and is rethrown here when they have ended; later
/// failures are attached to it (`error::others`). Cancellation: stops the body and all children, waits for them, and
/// throws `cancelled` if any of them ended so. After `scope_ref::cancel` their `cancelled` is what was asked for: the
/// scope completes, unless its body was to give a value and gave none.
template <class Body>
auto scope(Body body) -> typename detail::scope_task<Body>::type {
    using value = typename detail::scope_task<Body>::type::value_type;
    detail::this_coroutine self;
    promise_base& me = co_await self;
    detail::scope_state state(*me.exec, me.stop);
    std::exception_ptr thrown;
    if constexpr (std::is_void_v<value>) {
        try {
            detail::stop_scoped_awaiter<value> running(body(scope_ref(state)), &state.stop());
            co_await running;
        } catch (...) {
            thrown = std::current_exception();
        }
        if (thrown) state.failed(thrown);
        while (state.running() > 0) co_await state.join();
        state.rethrow();
    } else {
        std::optional<value> result;
        try {
            detail::stop_scoped_awaiter<value> running(body(scope_ref(state)), &state.stop());
            result.emplace(co_await running);
        } catch (...) {
            thrown = std::current_exception();
        }
        if (thrown) state.failed(thrown);
        while (state.running() > 0) co_await state.join();
        state.rethrow();
        if (thrown) std::rethrow_exception(thrown);
        co_return std::move(*result);
    }
}

}  // namespace cohort
