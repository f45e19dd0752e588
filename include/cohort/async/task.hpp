// task<T>: a lazy coroutine that is awaited once.
//
// The awaiting coroutine owns the task and with it the child's frame; the frame is destroyed by the awaiting coroutine
// after it has taken the result, never from inside an `await_suspend`. See executor.hpp for how coroutines are resumed.
#pragma once

#include "../detail/exchanged.hpp"
#include "executor.hpp"
#include "frame_pool.hpp"

#include <concepts>
#include <coroutine>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>
#ifdef COHORT_DEBUG
#include <source_location>
#endif

namespace cohort {

template <class T>
class task;

namespace detail {

/// Where a coroutine leaves its value or its exception.
template <class T>
class promise_result {
    using stored = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>;

public:
    [[gnu::always_inline]] promise_result() noexcept {}
    promise_result(const promise_result&) = delete;
    promise_result& operator=(const promise_result&) = delete;
    ~promise_result() {
        if (kind_ == kind::value) value_.~stored();
        else if (kind_ == kind::error) error_.~exception_ptr();
    }

    template <class U = T>
        requires std::convertible_to<U&&, T>
    void return_value(U&& value) noexcept(std::is_nothrow_constructible_v<stored, U&&>) {
        if constexpr (std::is_reference_v<T>) ::new (static_cast<void*>(&value_)) stored(&value);
        else ::new (static_cast<void*>(&value_)) stored(std::forward<U>(value));
        kind_ = kind::value;
    }

    void unhandled_exception() noexcept {
        ::new (static_cast<void*>(&error_)) std::exception_ptr(std::current_exception());
        kind_ = kind::error;
    }

    [[gnu::always_inline]]
    std::exception_ptr error() const noexcept { return kind_ == kind::error ? error_ : std::exception_ptr(); }

    T take() {
        if (kind_ == kind::error) [[unlikely]]
            std::rethrow_exception(error_);
        if constexpr (std::is_reference_v<T>) return static_cast<T>(*value_);
        else return std::move(value_);
    }

private:
    enum class kind : unsigned char { none, value, error };

    union {
        stored value_;
        std::exception_ptr error_;
    };
    kind kind_ = kind::none;
};

template <>
class promise_result<void> {
public:
    [[gnu::always_inline]] void return_void() noexcept {}
    [[gnu::always_inline]] void unhandled_exception() noexcept { error_ = std::current_exception(); }
    [[gnu::always_inline]] std::exception_ptr error() const noexcept { return error_; }
    void take() {
        if (error_) [[unlikely]]
            std::rethrow_exception(error_);
    }

private:
    std::exception_ptr error_;
};

/// Hands over to whoever waits: the awaiting coroutine, or a root's owner once the trampoline has the frame to itself.
struct final_awaiter {
    [[gnu::always_inline]] bool await_ready() const noexcept { return false; }

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        promise_base& p = handle.promise();
        if (p.on_final) p.exec->after_suspend(&final_awaiter::ended, &p);
        else p.exec->resume_next(std::coroutine_handle<>::from_address(p.continuation_frame));
    }

    [[gnu::always_inline]] void await_resume() const noexcept {}

private:
    static void ended(void* promise) noexcept {
        auto& p = *static_cast<promise_base*>(promise);
        p.on_final(p);
    }
};

#ifdef COHORT_DEBUG
template <class A>
concept own_awaiter = requires(A& a) {
    a.await_ready();
    a.await_resume();
};

/// What `await_transform` gives for an awaiter: GCC 12 would copy an awaiter that is returned by reference.
template <class A>
class awaiter_reference {
public:
    explicit awaiter_reference(A& awaiter) noexcept : awaiter_(awaiter) {}
    bool await_ready() { return awaiter_.await_ready(); }
    template <class Promise>
    auto await_suspend(std::coroutine_handle<Promise> handle) {
        return awaiter_.await_suspend(handle);
    }
    decltype(auto) await_resume() { return awaiter_.await_resume(); }

private:
    A& awaiter_;
};
#endif

/// What the promises of all the library's coroutine types have in common.
class coroutine_promise : public promise_base {
public:
    static void* operator new(std::size_t size) { return frame_pool::allocate(size); }
    static void operator delete(void* memory, std::size_t size) noexcept { frame_pool::release(memory, size); }

    [[gnu::always_inline]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[gnu::always_inline]] final_awaiter final_suspend() const noexcept { return {}; }

#ifdef COHORT_DEBUG
    template <class Awaitable>
    decltype(auto) await_transform(Awaitable&& awaitable,
                                   std::source_location where = std::source_location::current()) noexcept {
        file = where.file_name();
        line = where.line();
        if constexpr (own_awaiter<Awaitable>) return awaiter_reference<std::remove_reference_t<Awaitable>>(awaitable);
        else return std::forward<Awaitable>(awaitable);
    }
#endif
};

/// Makes `child` run in place of `parent` until it ends.
template <std::derived_from<promise_base> Promise>
void enter_child(std::coroutine_handle<Promise> handle, promise_base& parent, stop_source* stop) noexcept {
    promise_base& child = handle.promise();
    child.exec = parent.exec;
    child.stop = stop;
    child.continuation = &parent;
    child.continuation_frame = parent.handle.address();
    parent.exec->resume_next(handle);
}

template <std::derived_from<promise_base> Promise>
void enter_child(Promise& child, promise_base& parent, stop_source* stop) noexcept {
    enter_child(std::coroutine_handle<Promise>::from_promise(child), parent, stop);
}

struct task_access;

}  // namespace detail

/// A lazy coroutine: runs when it is awaited, on the executor and under the stop token of its awaiter, once.
///
/// `T` may be void, a reference or any movable type. A task that was never awaited is destroyed without having run.
/// Errors: what leaves the coroutine's body is rethrown from the `co_await`. Cancellation: handed down to what it
/// awaits.
template <class T = void>
class [[nodiscard("co_await the task, or hand it to a scope")]] task {
public:
    class promise_type : public detail::coroutine_promise, public detail::promise_result<T> {
    public:
        task get_return_object() noexcept {
            auto self = std::coroutine_handle<promise_type>::from_promise(*this);
            handle = self;
            return task(self);
        }
    };

    using value_type = T;

    [[gnu::always_inline]] task(task&& other) noexcept : handle_(detail::exchanged(other.handle_, nullptr)) {}
    task& operator=(task&& other) noexcept {
        if (this != &other) {
            if (handle_) handle_.destroy();
            handle_ = detail::exchanged(other.handle_, nullptr);
        }
        return *this;
    }
    ~task() {
        if (handle_) handle_.destroy();
    }

    class awaiter {
    public:
        [[gnu::always_inline]] explicit awaiter(std::coroutine_handle<promise_type> child) noexcept : child_(child) {}

        [[gnu::always_inline]] bool await_ready() const noexcept { return false; }

        template <std::derived_from<promise_base> Promise>
        void await_suspend(std::coroutine_handle<Promise> parent) noexcept {
            detail::enter_child(child_, parent.promise(), parent.promise().stop);
        }

        [[gnu::always_inline]] T await_resume() { return child_.promise().take(); }

    private:
        std::coroutine_handle<promise_type> child_;
    };

    awaiter operator co_await() && noexcept { return awaiter(handle_); }

private:
    friend promise_type;
    friend detail::task_access;
    [[gnu::always_inline]] explicit task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

    std::coroutine_handle<promise_type> handle_;
};

namespace detail {

/// For the library's own roots: scopes, combinators and loops take a task's coroutine over and destroy it themselves.
struct task_access {
    template <class T>
    static typename task<T>::promise_type& promise(task<T>& t) noexcept {
        return t.handle_.promise();
    }

    template <class T>
    static typename task<T>::promise_type& release(task<T>&& t) noexcept {
        return detail::exchanged(t.handle_, nullptr).promise();
    }

    /// Starts a released coroutine as a root: queued on `exec`, reporting its end to `on_final` with `p.owner ==
    /// owner`.
    static void start(promise_base& p, executor& exec, stop_source* stop, void* owner,
                      void (*on_final)(promise_base&) noexcept) noexcept {
        p.exec = &exec;
        p.stop = stop ? stop : &exec.root_stop();
        // A source that hangs nowhere is hung below the root, so that `dump` finds what runs under it.
        if (!p.stop->chained() && stop) stop->chain(exec.root_stop().token());
        p.owner = owner;
        p.on_final = on_final;
        exec.schedule(p);
    }
};

/// Awaits a task under another stop source than the awaiter's own.
template <class T>
class stop_scoped_awaiter {
public:
    stop_scoped_awaiter(task<T>&& inner, stop_source* stop) noexcept : inner_(std::move(inner)), stop_(stop) {}

    [[gnu::always_inline]] bool await_ready() const noexcept { return false; }

    template <std::derived_from<promise_base> Promise>
    void await_suspend(std::coroutine_handle<Promise> parent) noexcept {
        enter_child(task_access::promise(inner_), parent.promise(), stop_);
    }

    [[gnu::always_inline]] T await_resume() { return task_access::promise(inner_).take(); }

private:
    task<T> inner_;
    stop_source* stop_;
};

}  // namespace detail

}  // namespace cohort
