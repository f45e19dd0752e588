// What waits for the output half of a channel: senders, and those who want everything to have been written. The second
// part of output.hpp, which includes it.
#pragma once

#include "../../async/detail/waiter_list.hpp"
#include "../../async/executor.hpp"
#include "../../async/operation.hpp"
#include "output.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cohort::detail {

/// The part of a send that does not depend on its message: waits for the sender's turn and for room.
template <class Core, class Framing>
class channel_output<Core, Framing>::send_wait : public operation<send_wait>, private waiter_node {
protected:
    /// `alone`: no handles go along.
    send_wait(Core& core, std::string_view payload, bool alone) noexcept
        : operation<send_wait>("send", core.descriptor()), core_(core), payload_(payload), alone_(alone) {}
    send_wait(const send_wait& other) noexcept
        : operation<send_wait>(other), waiter_node(), core_(other.core_), payload_(other.payload_),
          alone_(other.alone_) {}
    [[gnu::always_inline]] ~send_wait() { give_back(); }

    /// To be called by `await_resume` first. False: the message has been queued or written already.
    [[gnu::always_inline]] bool resumed() {
        if (quick_) [[likely]]
            return false;
        return resumed_from_waiting();
    }

    COHORT_NOINLINE bool resumed_from_waiting() {
        this->throw_if_cancelled();
        if (!direct_) return true;
        core_.output().check("send");
        return false;
    }

    /// For messages that are encoded, which is much more work than a call.
    COHORT_NOINLINE bool begin_send(promise_base& p) { return this->begin(p); }

    /// For raw payloads: the short way, where it is open.
    bool begin_raw(promise_base& p) {
        if (!p.stop->stop_requested() && core_.output().put_quickly(*p.exec, payload_)) [[likely]] {
            quick_ = true;
            return p.exec->yield_if_spent(p);
        }
        return this->begin(p);
    }

    /// Puts the message into the buffer, which ends the turn, also where it is refused.
    template <bool Plain>
    COHORT_NOINLINE void put(const outgoing_message& message, const handle_table::entry* more, std::size_t count) {
        try {
            channel_output& out = core_.output();
            if constexpr (Plain)
                if (out.put_plain(payload_, more, count)) return give_back();
            out.put(message, more, count);
        } catch (...) {
            give_back();
            throw;
        }
        give_back();
    }

    [[gnu::always_inline]] void give_back() noexcept {
        if (!holds_turn_) return;
        holds_turn_ = false;
        core_.output().turn_given_back();
    }

    Core& core_;

private:
    friend channel_output;
    friend operation<send_wait>;
    friend waiter_list<send_wait>;

    bool try_start() {
        core_.bind(this->exec());
        channel_output& out = core_.output();
        out.quick_end_ = 0;
        if (out.turn_taken_ || !out.senders_.empty() || (!out.has_room() && !out.failure_ && out.draining_ == 0)) {
            out.senders_.push_back(*this);
            return false;
        }
        if (out.may_go_direct(*this)) return out.start_direct(*this);
        out.turn_taken_ = holds_turn_ = true;
        return true;
    }

    bool withdraw() noexcept {
        if (direct_) return core_.output().withdraw_direct(*this);
        waiter_node::unlink();
        return true;
    }

    void granted() noexcept {
        holds_turn_ = true;
        this->complete();
    }

    void wrote_all() noexcept {
        if (this->waiting()) this->complete();
    }

    std::string_view payload_;  // where it stands in memory as it is
    bool alone_;
    bool direct_ = false;
    bool quick_ = false;
    bool holds_turn_ = false;
};

/// Waits until the kernel has taken all that was queued when it began.
template <class Core, class Framing>
class channel_output<Core, Framing>::drain_wait : public operation<drain_wait>, private waiter_node {
protected:
    /// `last`: no message may follow.
    drain_wait(Core& core, const char* name, bool last) noexcept
        : operation<drain_wait>(name, core.descriptor()), core_(core), last_(last) {}
    drain_wait(const drain_wait& other) noexcept
        : operation<drain_wait>(other), waiter_node(), core_(other.core_), last_(other.last_) {}

    Core& core_;

private:
    friend channel_output;
    friend operation<drain_wait>;
    friend waiter_list<drain_wait>;

    bool try_start() {
        core_.bind(this->exec());
        channel_output& out = core_.output();
        target_ = out.collected_;
        if (last_) {
            ++out.draining_;
            out.quick_end_ = 0;
        }
        out.flush();
        if (out.failure_ || target_ <= out.written_) return true;
        out.drains_.push_back(*this);
        return false;
    }

    bool withdraw() noexcept {
        waiter_node::unlink();
        if (last_) --core_.output().draining_;
        return true;
    }

    std::uint64_t target_ = 0;
    bool last_;
};

}  // namespace cohort::detail
