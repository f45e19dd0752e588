// The list of operations that wait on a primitive: intrusive, first in first out, removal from anywhere in O(1).
//
// A node stands in the frame of the waiting coroutine, so waiting allocates nothing. The completer takes a node off the
// list before it completes the operation, and so does a cancellation: a node that is not linked belongs to neither.
#pragma once

namespace cohort::detail {

template <class Node>
class waiter_list;

/// Base of an operation that waits in a list. Copying a node makes a new one that is not linked.
///
/// `may_alias`: g++ 12.2 -O2 has taken the head's link out of a loop that empties a list, as if the writes through the
/// nodes' links could not reach it (-fno-strict-aliasing or -fno-tree-loop-im, and it did not); such a loop never ends.
class [[gnu::may_alias]] waiter_node {
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
    friend class waiter_ring;
    waiter_node* prev_ = nullptr;
    waiter_node* next_ = nullptr;
};

/// What the lists of all types of nodes share.
class waiter_ring {
public:
    [[gnu::always_inline]] waiter_ring() noexcept { head_.prev_ = head_.next_ = &head_; }
    waiter_ring(const waiter_ring&) = delete;
    waiter_ring& operator=(const waiter_ring&) = delete;
    ~waiter_ring() {
        while (!empty()) head_.next_->unlink();
    }

    [[gnu::always_inline]] bool empty() const noexcept { return head_.next_ == &head_; }

protected:
    [[gnu::always_inline]] waiter_node& first() noexcept { return *head_.next_; }

    waiter_node& take_first() noexcept {
        waiter_node& node = *head_.next_;
        node.unlink();
        return node;
    }

    void append(waiter_node& node) noexcept {
        node.prev_ = head_.prev_;
        node.next_ = &head_;
        head_.prev_->next_ = &node;
        head_.prev_ = &node;
    }

private:
    waiter_node head_;
};

/// `Node` derives from `waiter_node`.
template <class Node>
class waiter_list : public waiter_ring {
public:
    /// The one that waits longest; the list must not be empty.
    [[gnu::always_inline]] Node& front() noexcept { return static_cast<Node&>(first()); }

    [[gnu::always_inline]] Node& pop_front() noexcept { return static_cast<Node&>(take_first()); }

    [[gnu::always_inline]] void push_back(Node& node) noexcept { append(node); }
};

}  // namespace cohort::detail
