// The list of operations that wait on a primitive: intrusive, first in first out, removal from anywhere in O(1).
//
// A node stands in the frame of the waiting coroutine, so waiting allocates nothing. The completer takes a node off the
// list before it completes the operation, and so does a cancellation: a node that is not linked belongs to neither.
#pragma once

namespace cohort::detail {

template <class Node>
class waiter_list;

/// Base of an operation that waits in a list. Copying a node makes a new one that is not linked.
class waiter_node {
public:
    [[gnu::always_inline]] waiter_node() noexcept {}
    [[gnu::always_inline]] waiter_node(const waiter_node&) noexcept {}
    waiter_node& operator=(const waiter_node&) = delete;

    void unlink() noexcept {
        if (!next_) return;
        prev_->next_ = next_;
        next_->prev_ = prev_;
        prev_ = next_ = nullptr;
    }

private:
    template <class Node>
    friend class waiter_list;
    waiter_node* prev_ = nullptr;
    waiter_node* next_ = nullptr;
};

/// `Node` derives from `waiter_node`.
template <class Node>
class waiter_list {
public:
    [[gnu::always_inline]] waiter_list() noexcept { head_.prev_ = head_.next_ = &head_; }
    waiter_list(const waiter_list&) = delete;
    waiter_list& operator=(const waiter_list&) = delete;
    ~waiter_list() {
        while (!empty()) head_.next_->unlink();
    }

    [[gnu::always_inline]] bool empty() const noexcept { return head_.next_ == &head_; }

    /// The one that waits longest; the list must not be empty.
    [[gnu::always_inline]] Node& front() noexcept { return static_cast<Node&>(*head_.next_); }

    Node& pop_front() noexcept {
        Node& node = front();
        static_cast<waiter_node&>(node).unlink();
        return node;
    }

    void push_back(Node& n) noexcept {
        waiter_node& node = n;
        node.prev_ = head_.prev_;
        node.next_ = &head_;
        head_.prev_->next_ = &node;
        head_.prev_ = &node;
    }

private:
    waiter_node head_;
};

}  // namespace cohort::detail
