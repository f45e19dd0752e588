// The mailbox of a loop: function objects handed over by other threads.
//
// A multi-producer list with one consumer. Producers push with one compare-and-swap; the consumer takes the whole list
// with one exchange and reverses it, which restores the order of arrival. Nodes are taken all at once and never
// individually, so there is no ABA problem and no reclamation to worry about.
#pragma once

#include "../detail/atomic.hpp"
#include "../detail/exchanged.hpp"

#include <exception>
#include <utility>

namespace cohort::detail {

class posted_call {
public:
    posted_call(const posted_call&) = delete;
    posted_call& operator=(const posted_call&) = delete;
    virtual ~posted_call() = default;
    virtual void run() = 0;

protected:
    posted_call() = default;

private:
    friend class mailbox;
    posted_call* next_ = nullptr;
};

template <class F>
class posted_function final : public posted_call {
public:
    explicit posted_function(F function) : function_(std::move(function)) {}
    void run() override { function_(); }

private:
    F function_;
};

class mailbox {
public:
    mailbox() = default;
    mailbox(const mailbox&) = delete;
    mailbox& operator=(const mailbox&) = delete;
    ~mailbox() { clear(); }

    /// Deletes what has arrived and has not been run.
    void clear() noexcept {
        for (posted_call* call = take(); call;) delete detail::exchanged(call, call->next_);
    }

    void push(posted_call* call) noexcept {
        call->next_ = head_.load(memory_order::relaxed);
        while (!head_.compare_exchange_weak(call->next_, call)) {}
    }

    [[gnu::always_inline]] bool empty() const noexcept { return head_.load() == nullptr; }

    /// Runs what has arrived, oldest first; what arrives meanwhile waits for the next call. What a call throws goes to
    /// `failed(exception)`, and the others run all the same. Returns whether there was any.
    template <class Failed>
    bool run_all(Failed failed) {
        posted_call* call = take();
        if (!call) return false;
        while (call) {
            struct owner {
                posted_call* call;
                ~owner() { delete call; }
            } now{detail::exchanged(call, call->next_)};
            try {
                now.call->run();
            } catch (...) {
                failed(std::current_exception());
            }
        }
        return true;
    }

private:
    posted_call* take() noexcept {
        if (head_.load(memory_order::relaxed) == nullptr) return nullptr;
        posted_call* newest_first = head_.exchange(nullptr);
        posted_call* oldest_first = nullptr;
        while (newest_first) {
            posted_call* next = newest_first->next_;
            newest_first->next_ = oldest_first;
            oldest_first = newest_first;
            newest_first = next;
        }
        return oldest_first;
    }

    atomic<posted_call*> head_{nullptr};
};

}  // namespace cohort::detail
