// queue<T>: a bounded queue between the coroutines of one executor.
//
// Values pass in one of three ways, all in the order of the pushes: straight to the longest waiting consumer; through
// the buffer; or from the longest waiting producer, when a consumer makes room. Consumers wait only while the buffer is
// empty and no producer waits; producers wait only while it is full. A value moves once its operation completes and not
// before: an operation that is cancelled, or that finds the queue closed, leaves it where it was.
#pragma once

#include "detail/ring.hpp"
#include "detail/waiter_list.hpp"
#include "operation.hpp"

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

namespace cohort {

/// A first-in first-out queue of at most `capacity` values, for any number of producers and consumers of one executor.
/// With a capacity of 0 a push completes when a consumer takes its value. Must outlive its waiters. Its memory grows
/// with use up to the capacity and is then reused.
template <class T>
class queue {
    class producer : public detail::waiter_node {
    protected:
        friend queue;
        producer() noexcept {}
        producer(const producer&) noexcept = default;
        T* value_ = nullptr;
        bool accepted_ = false;
        virtual void settled() noexcept = 0;
    };

    /// `Held` is the place of the value until the push completes: a `T*` into the caller, or a `T` in the operation.
    template <class Held>
    class basic_push final : public operation<basic_push<Held>>, private producer {
        using base = operation<basic_push<Held>>;

    public:
        template <class V>
        basic_push(queue& q, V&& held) : base("queue.push"), queue_(q), held_(std::forward<V>(held)) {}
        basic_push(const basic_push&) = default;
        basic_push(basic_push&& other) noexcept
            : base(other), producer(), queue_(other.queue_), held_(std::move(other.held_)) {}

        bool await_resume() const {
            this->throw_if_cancelled();
            return this->accepted_;
        }

    private:
        friend base;

        bool try_start() {
            if constexpr (std::is_pointer_v<Held>) this->value_ = held_;
            else this->value_ = &held_;
            if (queue_.closed_) return true;
            this->accepted_ = queue_.offer(*this->value_);
            if (!this->accepted_) queue_.producers_.push_back(*this);
            return this->accepted_;
        }

        bool withdraw() noexcept {
            detail::waiter_node::unlink();
            return true;
        }

        void settled() noexcept override { this->complete(); }

        queue& queue_;
        Held held_;
    };

public:
    /// The awaitable of `pop`.
    class pop_operation final : public operation<pop_operation>, private detail::waiter_node {
    public:
        explicit pop_operation(queue& q) noexcept : operation<pop_operation>("queue.pop"), queue_(q) {}
        pop_operation(const pop_operation& other) noexcept : pop_operation(other.queue_) {}

        std::optional<T> await_resume() {
            this->throw_if_cancelled();
            return std::move(value_);
        }

    private:
        friend operation<pop_operation>;
        friend detail::waiter_list<pop_operation>;
        friend queue;

        bool try_start() noexcept {
            if (queue_.take(value_) || queue_.closed_) return true;
            queue_.consumers_.push_back(*this);
            return false;
        }

        bool withdraw() noexcept {
            detail::waiter_node::unlink();
            return true;
        }

        queue& queue_;
        std::optional<T> value_;
    };

    [[gnu::always_inline]] explicit queue(std::size_t capacity) noexcept : capacity_(capacity) {}
    queue(const queue&) = delete;
    queue& operator=(const queue&) = delete;

    std::size_t size() const noexcept { return buffer_.size(); }
    std::size_t capacity() const noexcept { return capacity_; }
    [[gnu::always_inline]] bool empty() const noexcept { return buffer_.empty(); }
    bool is_closed() const noexcept { return closed_; }

    /// Waits while the queue is full. Completes with true when the value is in the queue (or with a consumer), with
    /// false if the queue is or gets closed. The rvalue is moved from only when the push completes with true: after
    /// false or a cancellation the caller still has it. It is not copied meanwhile, so it must stay in place until
    /// then.
    [[nodiscard("co_await it")]] basic_push<T*> push(T&& value) noexcept {
        return basic_push<T*>(*this, &value);
    }

    /// The same with a copy of the value, made at once.
    [[nodiscard("co_await it")]] basic_push<T> push(const T& value)
        requires std::copy_constructible<T>
    {
        return basic_push<T>(*this, value);
    }

    /// Pushes if there is room now. The value is moved from only if it returns true.
    bool try_push(T&& value) { return !closed_ && offer(value); }
    bool try_push(const T& value)
        requires std::copy_constructible<T>
    {
        if (closed_ || !has_room()) return false;
        T copy(value);
        return offer(copy);
    }

    /// Waits while the queue is empty. Completes with the oldest value, or with an empty optional when the queue is
    /// closed and drained. Cancellation: takes no value.
    [[nodiscard("co_await it")]] pop_operation pop() noexcept { return pop_operation(*this); }

    /// The oldest value, if there is one now.
    std::optional<T> try_pop() noexcept {
        std::optional<T> value;
        take(value);
        return value;
    }

    /// No more values come in: completes the waiting pushes with false, and pops with an empty optional as soon as the
    /// values that are in the queue have been taken. May be called again.
    void close() noexcept {
        closed_ = true;
        while (!producers_.empty()) producers_.pop_front().settled();
        while (!consumers_.empty()) consumers_.pop_front().complete();
    }

private:
    bool has_room() const noexcept { return !consumers_.empty() || buffer_.size() < capacity_; }

    /// Takes `value` over if there is a consumer or room for it.
    bool offer(T& value) {
        if (!consumers_.empty()) {
            pop_operation& consumer = consumers_.pop_front();
            consumer.value_.emplace(std::move(value));
            consumer.complete();
            return true;
        }
        if (buffer_.size() >= capacity_) return false;
        buffer_.reserve_one();
        buffer_.push_back(std::move(value));
        return true;
    }

    bool take(std::optional<T>& value) noexcept {
        if (!buffer_.empty()) {
            value.emplace(std::move(buffer_.front()));
            buffer_.drop_front();
            if (!producers_.empty()) buffer_.push_back(std::move(accept_next()));
            return true;
        }
        if (producers_.empty()) return false;
        value.emplace(std::move(accept_next()));  // capacity 0
        return true;
    }

    T& accept_next() noexcept {
        producer& next = producers_.pop_front();
        T& value = *next.value_;
        next.accepted_ = true;
        next.settled();  // only makes it ready: its value stays in place until this coroutine suspends
        return value;
    }

    detail::ring<T> buffer_;
    std::size_t capacity_;
    detail::waiter_list<producer> producers_;
    detail::waiter_list<pop_operation> consumers_;
    bool closed_ = false;
};

}  // namespace cohort
