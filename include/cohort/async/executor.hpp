// The executor: what coroutines run on. A ready queue, timers and the trampoline that resumes coroutines.
//
// Why a trampoline: symmetric transfer is no tail call on GCC below -O2 or under sanitizers, so a chain of awaits would
// grow the stack. Here `await_suspend` only notes in the executor which coroutine comes next; the loop in `resume`
// picks it up after the suspended coroutine's frame is quiet. Any number of awaits and any depth of recursion runs on
// one stack frame.
//
// Why this is correct: an executor belongs to one thread. A coroutine is in exactly one place at a time: running (named
// by no one), noted in `next_`, linked in the ready queue, or suspended with one owner that will make it ready (its
// child, a leaf operation, a combinator). So no reference count and no lock is needed, and a coroutine is never resumed
// twice.
#pragma once

#include "../detail/chrono.hpp"
#include "stop.hpp"
#include "timer_queue.hpp"

#include <coroutine>
#include <cstdint>
#include <type_traits>

namespace cohort {

class executor;

/// What every coroutine of the library knows: how to resume it, where it runs, who waits for it, what may stop it.
///
/// `continuation` is the coroutine that awaits this one; debuggers follow it to print an async stack. Roots (children
/// of a scope, daemons) have none: `on_final` is called instead, by the trampoline, when the coroutine has ended.
class promise_base {
public:
    std::coroutine_handle<> handle;
    executor* exec;
    union {
        promise_base* continuation;
        void* owner;
    };
    void* continuation_frame;  // the address of the continuation's handle: at hand when this coroutine ends
    stop_source* stop;  // never null once it has been started
    promise_base* next_ready;
    void (*on_final)(promise_base&) noexcept = nullptr;
#ifdef COHORT_DEBUG
    const char* file = nullptr;
    unsigned line = 0;
#endif

    // Every await makes one of these: what is set when the coroutine is started, and not read before, is not
    // initialised.
    [[gnu::always_inline]] promise_base() noexcept {}
    promise_base(const promise_base&) = delete;
    promise_base& operator=(const promise_base&) = delete;
};

/// A hook that runs once at the end of the current turn, before the executor waits. Used to flush what was collected.
class turn_hook {
public:
    using callback = void (*)(turn_hook&) noexcept;

    [[gnu::always_inline]] explicit turn_hook(callback on_turn_end) noexcept : on_turn_end_(on_turn_end) {}
    turn_hook(const turn_hook&) = delete;
    turn_hook& operator=(const turn_hook&) = delete;
    [[gnu::always_inline]] ~turn_hook() { cancel(); }

    [[gnu::always_inline]] bool scheduled() const noexcept { return link_ != nullptr; }

    /// Takes the hook out of its executor's list.
    void cancel() noexcept {
        if (!link_) return;
        *link_ = next_;
        if (next_) next_->link_ = link_;
        next_ = nullptr;
        link_ = nullptr;
    }

private:
    friend class executor;
    turn_hook* next_ = nullptr;
    turn_hook** link_ = nullptr;
    callback on_turn_end_;
};

namespace detail {
/// `count` times `factor`, or the largest or smallest number where it is beyond that.
constexpr std::int64_t scaled(std::int64_t count, std::int64_t factor) noexcept {
    if (count > INT64_MAX / factor) return INT64_MAX;
    if (count < INT64_MIN / factor) return INT64_MIN;
    return count * factor;
}
}  // namespace detail

/// A duration in whole nanoseconds, rounded up, so that no wait is shorter than asked for; what is too long becomes the
/// longest, and so does what is no number.
template <class Rep, class Period>
constexpr timer_queue::nanoseconds to_nanoseconds(std::chrono::duration<Rep, Period> d) noexcept {
    using scale = std::ratio_divide<Period, std::nano>;
    if constexpr (std::is_integral_v<Rep> && sizeof(Rep) <= sizeof(std::int64_t) && scale::den == 1) {
        const Rep count = d.count();
        if constexpr (std::is_unsigned_v<Rep>)
            if (count > static_cast<std::uint64_t>(INT64_MAX)) return INT64_MAX;
        return detail::scaled(static_cast<std::int64_t>(count), scale::num);
    }
    const long double exact = std::chrono::duration<long double, std::nano>(d).count();
    if (!(exact < static_cast<long double>(INT64_MAX))) return INT64_MAX;
    if (exact <= static_cast<long double>(INT64_MIN)) return INT64_MIN;
    if constexpr (std::is_integral_v<Rep>) {
        // In whole numbers the way to nanoseconds may be longer than they are.
        const auto whole = static_cast<std::int64_t>(exact);
        return static_cast<long double>(whole) < exact ? whole + 1 : whole;
    } else {
        return std::chrono::ceil<std::chrono::nanoseconds>(d).count();
    }
}

/// Runs coroutines of one thread. The reactor's `basic_loop` is one; tests drive a bare one with a clock of their own.
class executor {
public:
    using clock = std::chrono::steady_clock;
    using nanoseconds = timer_queue::nanoseconds;
    using time_source = nanoseconds (*)() noexcept;

    explicit executor(time_source source = &steady_now) noexcept : now_(source) {}
    executor(const executor&) = delete;
    executor& operator=(const executor&) = delete;

    /// Nanoseconds of this executor's clock.
    [[gnu::always_inline]] nanoseconds now() const noexcept { return now_(); }

    /// The point of time `delay` from now, or the end of time if that is later than can be told.
    nanoseconds deadline_after(nanoseconds delay) const noexcept {
        constexpr nanoseconds never = INT64_MAX;
        const nanoseconds start = now();
        return delay > never - start ? never : start + delay;
    }

    static nanoseconds steady_now() noexcept {
        return std::chrono::nanoseconds(clock::now().time_since_epoch()).count();
    }

    /// Puts a suspended coroutine at the end of the ready queue.
    void schedule(promise_base& p) noexcept {
        p.next_ready = nullptr;
        *ready_tail_ = &p;
        ready_tail_ = &p.next_ready;
    }

    [[gnu::always_inline]] bool has_ready() const noexcept { return ready_ != nullptr; }

    /// Resumes up to `most` coroutines from the ready queue, in order. Returns how many.
    std::size_t run_ready(std::size_t most) {
        std::size_t count = 0;
        while (ready_ && count < most) {
            promise_base& p = *ready_;
            ready_ = p.next_ready;
            if (!ready_) ready_tail_ = &ready_;
            ++count;
            resume(p);
        }
        return count;
    }

    /// Runs the hooks that were scheduled before this call. A hook scheduled by a hook belongs to the next turn's end.
    bool run_turn_hooks() noexcept {
        turn_hook* head = hooks_;
        if (!head) return false;
        hooks_ = nullptr;
        head->link_ = &head;
        while (head) {
            turn_hook& hook = *head;
            hook.cancel();
            hook.on_turn_end_(hook);
        }
        return true;
    }

    [[gnu::always_inline]] bool has_turn_hooks() const noexcept { return hooks_ != nullptr; }

    /// Has `hook` called before the executor next waits; does nothing if it is scheduled already.
    void at_turn_end(turn_hook& hook) noexcept {
        if (hook.link_) return;
        hook.next_ = hooks_;
        hook.link_ = &hooks_;
        if (hooks_) hooks_->link_ = &hook.next_;
        hooks_ = &hook;
    }

    [[gnu::always_inline]] timer_queue& timers() noexcept { return timers_; }
    [[gnu::always_inline]] const timer_queue& timers() const noexcept { return timers_; }

    // --- for awaiters -----------------------------------------------------------------------------------------------

    /// Called from `await_suspend`: the trampoline resumes `p` next.
    [[gnu::always_inline]] void resume_next(promise_base& p) noexcept { next_ = p.handle; }
    [[gnu::always_inline]] void resume_next(std::coroutine_handle<> handle) noexcept { next_ = handle; }

    /// Called from `await_suspend`: the trampoline calls `action(argument)` once the awaiting coroutine has suspended.
    void after_suspend(void (*action)(void*) noexcept, void* argument) noexcept {
        deferred_ = action;
        deferred_argument_ = argument;
    }

    /// Called by an awaiter that completed without waiting: true if the coroutine has used up its share of this turn
    /// and was put at the end of the ready queue. Keeps a chain of always-ready operations from starving the others.
    bool yield_if_spent(promise_base& p) noexcept {
        if (--budget_ != 0) return false;
        schedule(p);
        return true;
    }

    /// The root of the stop sources of all coroutines on this executor; never triggered. What waits is registered below
    /// it, so it is also where `dump` finds everything.
    [[gnu::always_inline]] stop_source& root_stop() noexcept { return root_stop_; }

    /// Calls `visit(const operation_base&)` for each leaf operation that waits.
    template <class Visitor>
    void for_each_pending(Visitor visit) const;

private:
    static constexpr std::uint32_t share = 256;  // completions without waiting that one resumption may do

    void resume(promise_base& first) {
        budget_ = share;
        std::coroutine_handle<> current = first.handle;
        do {
            next_ = nullptr;
            current.resume();
            if (deferred_) [[unlikely]] {
                auto* action = deferred_;
                deferred_ = nullptr;
                action(deferred_argument_);
            }
            current = next_;
        } while (current);
    }

    std::coroutine_handle<> next_;  // not the promise: the next hop would wait for the load of its handle
    void (*deferred_)(void*) noexcept = nullptr;
    void* deferred_argument_ = nullptr;
    std::uint32_t budget_ = share;
    promise_base* ready_ = nullptr;
    promise_base** ready_tail_ = &ready_;
    turn_hook* hooks_ = nullptr;
    timer_queue timers_;
    time_source now_;
    stop_source root_stop_;
};

}  // namespace cohort
