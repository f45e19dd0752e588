// The base of every leaf awaitable: something that may have to wait, completes exactly once and honours the stop token.
//
// Life of an operation: it is made by a function, may be moved until it is awaited, and then stays in the awaiting
// coroutine's frame. `await_suspend` looks at the stop token, then tries to complete at once; only if that fails is the
// operation linked where its completer will find it. From then on exactly one of two things happens, both on the loop's
// thread: the completer calls `complete()`, or the stop source calls `withdraw()`, which takes the operation out of the
// completer's reach. Each unlinks the operation from the stop source before the coroutine is made ready, so the second
// cannot follow the first: an operation is either completed with its value or cancelled without side effect.
//
// The stop source's list is also where `dump` finds what waits: one list for both keeps the cost of waiting to four
// links.
#pragma once

#include "error.hpp"
#include "executor.hpp"
#include "stop.hpp"

#include <concepts>
#include <coroutine>

namespace cohort {

/// The part of a leaf operation that does not depend on its kind: links, waiter, what `dump` shows.
class operation_base : public stop_node {
public:
    /// The name of the operation, as in error messages: `read`, `receive`, `sleep`.
    const char* name() const noexcept { return name_; }

    /// The descriptor it waits for, or -1.
    int descriptor() const noexcept { return descriptor_; }

    /// The coroutine that waits, or null before it was awaited.
    const promise_base* waiter() const noexcept { return waiter_; }

protected:
    enum class state : unsigned char { fresh, waiting, completed, cancelled };

    operation_base(const char* name, int descriptor, stop_node::callback on_stop) noexcept
        : stop_node(on_stop, kind::operation), descriptor_(descriptor), name_(name) {}

    [[gnu::always_inline]] bool waiting() const noexcept { return state_ == state::waiting; }
    bool was_cancelled() const noexcept { return state_ == state::cancelled; }

    [[gnu::always_inline]] executor& exec() const noexcept { return *waiter_->exec; }

    /// To be called by the completer of a waiting operation, once: makes the coroutine ready.
    [[gnu::always_inline]] void complete() noexcept { finish(state::completed); }

    /// Ends a waiting operation as cancelled. For completers that learn of the cancellation later than the request.
    [[gnu::always_inline]] void complete_cancelled() noexcept { finish(state::cancelled); }

    void throw_if_cancelled() const {
        if (state_ == state::cancelled) [[unlikely]]
            throw cancelled();
    }

    state state_ = state::fresh;
    bool withdrawn_ = false;  // for completers that answer a withdrawal later
    int descriptor_;
    promise_base* waiter_ = nullptr;
    const char* name_;

private:
    void finish(state s) noexcept {
        state_ = s;
        unlink();
        waiter_->exec->schedule(*waiter_);
    }
};

/// A leaf awaitable. `Derived` supplies
///   * `bool try_start()`: completes at once and returns true, or links itself for its completer and returns false;
///   * `bool withdraw() noexcept`: unlinks itself and returns true, or returns false if the completion is still to
/// come;
///   * `await_resume()`, which begins with `throw_if_cancelled()`.
template <class Derived>
class operation : public operation_base {
public:
    [[gnu::always_inline]] bool await_ready() const noexcept { return false; }

    template <std::derived_from<promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
        return begin(handle.promise());
    }

    operation& operator=(const operation&) = delete;

protected:
    explicit operation(const char* name, int descriptor = -1) noexcept
        : operation_base(name, descriptor, &operation::stopped) {}

    /// Operations move until they are awaited; there is nothing to take over but their description.
    [[gnu::always_inline]] operation(const operation& other) noexcept : operation(other.name_, other.descriptor_) {}

    bool begin(promise_base& p) {
        waiter_ = &p;
        if (p.stop->stop_requested()) [[unlikely]] {
            state_ = state::cancelled;
            return false;
        }
        if (static_cast<Derived&>(*this).try_start()) {
            state_ = state::completed;
            return p.exec->yield_if_spent(p);
        }
        state_ = state::waiting;
        p.stop->add(*this);
        return true;
    }

private:
    static void stopped(stop_node& node) noexcept {
        auto& self = static_cast<Derived&>(static_cast<operation&>(static_cast<operation_base&>(node)));
        if (self.withdraw()) self.complete_cancelled();
    }
};

template <class Visitor>
void executor::for_each_pending(Visitor visit) const {
    root_stop_.for_each_operation([&](const stop_node& node) { visit(static_cast<const operation_base&>(node)); });
}

}  // namespace cohort
