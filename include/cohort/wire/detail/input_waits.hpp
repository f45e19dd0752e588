// What waits for the input half of a channel: receivers. The second part of input.hpp, which it includes.
#pragma once

#include "../../async/detail/waiter_list.hpp"
#include "../../async/executor.hpp"
#include "../../async/operation.hpp"
#include "../../sys/platform.hpp"
#include "input.hpp"

namespace cohort::detail {

/// The part of a receive that does not depend on its message: waits for the receiver's turn and for a frame.
template <class Core, class Framing>
class channel_input<Core, Framing>::receive_wait : public operation<receive_wait>, private waiter_node {
protected:
    explicit receive_wait(Core& core) noexcept : operation<receive_wait>("receive", core.descriptor()), core_(core) {}
    receive_wait(const receive_wait& other) noexcept
        : operation<receive_wait>(other), waiter_node(), core_(other.core_) {}
    ~receive_wait() { give_back(); }

    /// The short way: a frame that stands in the buffer, and nobody who was here before.
    bool begin_receive(promise_base& p) {
        channel_input& in = core_.input();
        if (!p.stop->stop_requested() && !in.turn_taken_ && in.waiters_.empty() && in.find_frame())
            [[likely]] {
            if (!p.exec->yield_if_spent(p)) [[likely]]
                return false;
            in.turn_taken_ = holds_turn_ = true;
            return true;
        }
        return this->begin(p);
    }

    /// The same out of line.
    COHORT_NOINLINE bool begin_apart(promise_base& p) { return begin_receive(p); }

    /// True: a message is there.
    bool resumed() {
        this->throw_if_cancelled();
        return core_.input().arrived();
    }

    /// Gives the turn back when `await_resume` is left: the message has been taken, or refused.
    class turn {
    public:
        [[gnu::always_inline]] explicit turn(receive_wait& op) noexcept : op_(op) {}
        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;
        [[gnu::always_inline]] ~turn() { op_.give_back(); }

    private:
        receive_wait& op_;
    };

    Core& core_;

private:
    friend channel_input;
    friend operation<receive_wait>;
    friend waiter_list<receive_wait>;

    void give_back() noexcept {
        if (!holds_turn_) return;
        holds_turn_ = false;
        core_.input().turn_given_back();
    }

    bool try_start() {
        core_.bind(this->exec());
        channel_input& in = core_.input();
        if (!in.turn_taken_ && in.waiters_.empty() && in.advance()) {
            in.turn_taken_ = holds_turn_ = true;
            return true;
        }
        in.waiters_.push_back(*this);
        return false;
    }

    bool withdraw() noexcept {
        waiter_node::unlink();
        return true;
    }

    void granted() noexcept {
        holds_turn_ = true;
        this->complete();
    }

    bool holds_turn_ = false;
};

}  // namespace cohort::detail
