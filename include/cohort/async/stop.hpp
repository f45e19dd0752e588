// Cancellation: a stop source owned by whoever may cancel, tokens handed down, intrusive callbacks.
//
// Why not <stop_token>: it allocates its state, takes atomic operations per registration and costs 0.4 s of compile
// time. A coroutine tree lives on one loop, so the state here is a plain flag and an intrusive list, embedded in its
// owner. It must be used from the thread of that loop alone; a request from another thread goes through `loop::post`.
//
// Correctness of the notification loop: `request_stop` takes the first callback off the list before it calls it, so a
// callback may unlink itself, unlink any other callback or register new ones; a callback registered after the request
// is not called, its owner has to look at `stop_requested` first (every awaitable of the library does).
#pragma once

#include "detail/list.hpp"

namespace cohort {

/// A registration with a stop source; base class of what is to be told. Unlinks itself on destruction. `may_alias` for
/// the reason told in waiter_list.hpp.
class [[gnu::may_alias]] stop_node {
public:
    using callback = void (*)(stop_node&) noexcept;
    /// What is registered: a source further down the tree, an operation that waits, or something else.
    enum class kind : unsigned char { source, operation, other };

    [[gnu::always_inline]]
    explicit stop_node(callback on_stop, kind what = kind::other) noexcept : on_stop_(on_stop), kind_(what) {}
    stop_node(const stop_node&) = delete;
    stop_node& operator=(const stop_node&) = delete;
    [[gnu::always_inline]] ~stop_node() { unlink(); }

    [[gnu::always_inline]] bool linked() const noexcept { return next_ != nullptr; }

    void unlink() noexcept {
        if (!next_) return;
        prev_->next_ = next_;
        next_->prev_ = prev_;
        prev_ = next_ = nullptr;
    }

private:
    friend class stop_source;
    stop_node* prev_ = nullptr;
    stop_node* next_ = nullptr;
    callback on_stop_;
    kind kind_;
};

class stop_token;

/// Owns the stop state of a subtree of coroutines. Not movable: tokens point to it, and it outlives them.
class stop_source : private stop_node {
public:
    stop_source() noexcept : stop_node(&stop_source::propagate, kind::source), list_(nullptr) {
        list_.prev_ = list_.next_ = &list_;
    }

    /// A source that is also triggered when `parent` is.
    explicit stop_source(stop_token parent) noexcept;

    ~stop_source() {
        while (list_.next_ != &list_) list_.next_->unlink();  // who outlives the source is just never told
        list_.prev_ = list_.next_ = nullptr;
    }

    /// Has this source triggered when `parent` is; at once if `parent` was. For a source that has no parent yet.
    void chain(stop_token parent) noexcept;

    [[gnu::always_inline]] bool stop_requested() const noexcept { return requested_; }

    /// Calls every registered callback once. Later calls do nothing. Returns whether this call was the first.
    bool request_stop() noexcept {
        if (requested_) return false;
        requested_ = true;
        while (list_.next_ != &list_) {
            stop_node* first = list_.next_;
            first->unlink();
            first->on_stop_(*first);
        }
        return true;
    }

    stop_token token() noexcept;

    /// Whether this source hangs below another one.
    [[gnu::always_inline]] bool chained() const noexcept { return linked(); }

    /// Registers `node`; it is told at most once. Must not be called after `stop_requested()` became true.
    void add(stop_node& node) noexcept {
        node.prev_ = list_.prev_;
        node.next_ = &list_;
        list_.prev_->next_ = &node;
        list_.prev_ = &node;
    }

    /// Calls `visit(stop_node&)` for each operation registered here or with a source below, in the order of
    /// registration.
    template <class Visitor>
    void for_each_operation(Visitor visit) const {
        // Sources nest as deep as the program does, so the way back is a list and not the stack.
        detail::list<const stop_source*> way;
        const stop_source* in = this;
        const stop_node* node = list_.next_;
        for (;;) {
            if (node == &in->list_) {
                if (in == this) return;
                node = in->next_;
                in = way.back();
                way.pop_back();
            } else if (node->kind_ == kind::source) {
                way.push_back(in);
                in = static_cast<const stop_source*>(node);
                node = in->list_.next_;
            } else {
                if (node->kind_ == kind::operation) visit(*node);
                node = node->next_;
            }
        }
    }

private:
    [[gnu::always_inline]]
    static void propagate(stop_node& self) noexcept { static_cast<stop_source&>(self).request_stop(); }

    stop_node list_;
    bool requested_ = false;
};

/// Says whether work should stop. A default-constructed token never does. Trivially copyable.
class stop_token {
public:
    [[gnu::always_inline]] stop_token() noexcept : source_(nullptr) {}
    [[gnu::always_inline]] explicit stop_token(stop_source* source) noexcept : source_(source) {}

    [[gnu::always_inline]] bool stop_requested() const noexcept { return source_ && source_->stop_requested(); }
    bool stop_possible() const noexcept { return source_ != nullptr; }

    /// Registers a callback if a stop is possible and not yet requested.
    void add(stop_node& node) const noexcept {
        if (source_ && !source_->stop_requested()) source_->add(node);
    }

private:
    stop_source* source_;
};

inline stop_source::stop_source(stop_token parent) noexcept : stop_source() { chain(parent); }

inline void stop_source::chain(stop_token parent) noexcept {
    if (parent.stop_requested()) request_stop();
    else parent.add(*this);
}

inline stop_token stop_source::token() noexcept { return stop_token(this); }

/// Calls a function object when a stop is requested; unregisters on destruction. If the stop was requested before, the
/// function is called by the constructor.
template <class F>
class stop_callback : private stop_node {
public:
    stop_callback(stop_token token, F function)
        : stop_node(&stop_callback::call), function_(static_cast<F&&>(function)) {
        if (token.stop_requested()) function_();
        else token.add(*this);
    }

private:
    static void call(stop_node& self) noexcept { static_cast<stop_callback&>(self).function_(); }

    F function_;
};

}  // namespace cohort
