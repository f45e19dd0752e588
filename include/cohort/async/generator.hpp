// generator<T>: an asynchronous generator, a coroutine that gives a sequence of values and may wait between them.
//
// The consumer and the generator take turns: `next` runs the generator in place of the consumer, as awaiting a task
// does, and `co_yield` hands back. A generator is therefore suspended either at a `co_yield` (or before its start),
// where it owns nothing outside its frame and may be destroyed, or inside a `next`, whose consumer's frame holds it.
#pragma once

#include "../detail/exchanged.hpp"
#include "error.hpp"
#include "executor.hpp"
#include "stop.hpp"
#include "task.hpp"

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace cohort {

/// Gives values of type `T` one by one: `while (auto x = co_await numbers.next()) use(*x);`
///
/// The body may `co_yield` and `co_await`, and ends with `co_return` or at its end. It runs under the stop token of the
/// current `next`. Destroying a generator that is not inside a `next` destroys the body's objects; doing so inside a
/// `next` is a programming error that ends the program.
template <class T>
class [[nodiscard]] generator {
    static_assert(std::is_object_v<T>, "yield values or pointers");

public:
    class promise_type : public detail::coroutine_promise {
    public:
        generator get_return_object() noexcept {
            auto self = std::coroutine_handle<promise_type>::from_promise(*this);
            handle = self;
            return generator(self);
        }

        /// Hands a value over and suspends until the next one is asked for.
        template <class Holder>
        class yield_awaiter {
        public:
            template <class V>
            explicit yield_awaiter(V&& value) : value_(std::forward<V>(value)) {}
            bool await_ready() const noexcept { return false; }
            void await_suspend(std::coroutine_handle<promise_type> self) noexcept {
                promise_type& p = self.promise();
                if constexpr (std::is_pointer_v<Holder>) p.value_ = value_;
                else p.value_ = &value_;
                p.hand_back();
            }
            void await_resume() const noexcept {}

        private:
            Holder value_;
        };

        yield_awaiter<T*> yield_value(T&& value) noexcept { return yield_awaiter<T*>(&value); }
        yield_awaiter<T> yield_value(const T& value)
            requires std::copy_constructible<T>
        {
            return yield_awaiter<T>(value);
        }

        void return_void() noexcept {}
        void unhandled_exception() noexcept { thrown_ = std::current_exception(); }

    private:
        friend generator;

        /// The consumer goes on, after the others if it has used up its share of this turn.
        void hand_back() noexcept {
            inside_next_ = false;
            if (!exec->yield_if_spent(*continuation)) exec->resume_next(*continuation);
        }

        T* value_ = nullptr;
        std::exception_ptr thrown_;
        bool inside_next_ = false;
    };

    using value_type = T;

    generator(generator&& other) noexcept : handle_(detail::exchanged(other.handle_, nullptr)) {}
    generator& operator=(generator&& other) noexcept {
        if (this != &other) {
            drop();
            handle_ = detail::exchanged(other.handle_, nullptr);
        }
        return *this;
    }
    ~generator() { drop(); }

    /// The awaitable of `next`.
    class next_awaiter {
    public:
        explicit next_awaiter(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

        bool await_ready() const noexcept { return !handle_ || handle_.done(); }

        template <std::derived_from<promise_base> Promise>
        bool await_suspend(std::coroutine_handle<Promise> parent) noexcept {
            promise_base& consumer = parent.promise();
            if (consumer.stop->stop_requested()) {
                not_started_ = true;
                return false;
            }
            promise_type& p = handle_.promise();
            p.value_ = nullptr;
            p.inside_next_ = true;
            detail::enter_child(p, consumer, consumer.stop);
            return true;
        }

        std::optional<T> await_resume() {
            if (not_started_) throw cancelled();
            if (!handle_) return std::nullopt;
            promise_type& p = handle_.promise();
            p.inside_next_ = false;
            if (p.thrown_) std::rethrow_exception(detail::exchanged(p.thrown_, nullptr));
            if (handle_.done() || !p.value_) return std::nullopt;
            return std::optional<T>(std::move(*p.value_));
        }

    private:
        std::coroutine_handle<promise_type> handle_;
        bool not_started_ = false;
    };

    /// Runs the body up to its next `co_yield` and completes with that value, or with an empty optional when the body
    /// has ended (then and ever after). One at a time. Errors: what leaves the body is thrown once; the generator has
    /// ended then. Cancellation: before the start of a turn, throws `cancelled` and the generator can go on later;
    /// inside, it reaches what the body waits for, and a body that lets `cancelled` pass has ended.
    [[nodiscard("co_await it")]] next_awaiter next() noexcept { return next_awaiter(handle_); }

private:
    friend promise_type;
    explicit generator(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

    void drop() noexcept {
        if (!handle_) return;
        if (handle_.promise().inside_next_) std::terminate();
        handle_.destroy();
        handle_ = nullptr;
    }

    std::coroutine_handle<promise_type> handle_;
};

}  // namespace cohort
