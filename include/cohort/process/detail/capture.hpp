// Running a command to its end: feeds its input, drains its outputs, waits for it.
//
// One operation with three requests (one per pipe), a wait for the exit and a timer, all of which call back on the
// loop's thread, so no order of the child's reads and writes can block it for good. After the exit the outputs are
// drained for as long as bytes arrive: the pipes of a command that left nobody behind are at their end by then. What a
// grandchild holds open is given up when it has been idle for the grace.
//
// Why it completes exactly once: `quit` takes it out of the reach of all that calls back, but for requests whose
// withdrawal a completion backend answers later; those are counted, and the last of them completes it. Callbacks do no
// more than note things and make the coroutine ready: the operation, and the child in it, go only when that runs.
#pragma once

#include "../../async/detail/text.hpp"
#include "../../async/error.hpp"
#include "../../async/operation.hpp"
#include "../../async/task.hpp"
#include "../../detail/chrono.hpp"
#include "../../io/describe.hpp"
#include "../../reactor/loop.hpp"
#include "../../reactor/request.hpp"
#include "../../sys/input.hpp"
#include "../../sys/pipe_size.hpp"
#include "../../sys/platform.hpp"
#include "../child.hpp"
#include "../output_result.hpp"
#include "command_data.hpp"

#include <cerrno>
#include <cstddef>
#include <exception>
#include <string_view>
#include <utility>

namespace cohort::detail {

class capture : public operation<capture>, private exit_waiter, private timer, private turn_hook {
public:
    /// `command` stays in place until the operation is gone.
    COHORT_COLD explicit capture(command_data& command)
        : operation("output"), exit_waiter(&capture::program_ended), timer(&capture::fired),
          turn_hook(&capture::turn_ended), command_(command) {
        if (!command.out_given) command.out = slot(slot::kind::pipe);
        if (!command.err_given) command.err = slot(slot::kind::pipe);
        if (command.input) command.in = slot(slot::kind::pipe);
        else if (!command.in_given) command.in = slot(slot::kind::null);
    }
    capture(const capture&) = delete;
    capture& operator=(const capture&) = delete;
    COHORT_COLD ~capture() = default;

    template <class = void>
    static task<output_result> run(command_data command) {
        capture all(command);
        output_result made = co_await all;
        co_return std::move(made);
    }

    COHORT_COLD output_result await_resume() {
        throw_if_cancelled();
        if (thrown_) std::rethrow_exception(thrown_);
        if (exceeded_) {
            throw error(ENOBUFS, "output",
                        joined(child_.title(), " (limit ", decimal(command_.capture_limit), " bytes)"));
        }
        result_.title_ = child_.title();
        result_.out_.finish(command_.capture_limit, command_.policy);
        result_.err_.finish(command_.capture_limit, command_.policy);
        result_.status_ = status;
        result_.stopped_by_ = child_.stopped_by();
        result_.duration_ = std::chrono::nanoseconds(loop_->now() - began_);
        return std::move(result_);
    }

private:
    friend operation<capture>;

    /// How far a pipe has come.
    enum class phase : unsigned char {
        closed,
        busy,     ///< its code runs, or is about to
        waiting,  ///< its request is with the backend
        spent,    ///< has had its share of this turn
    };

    /// An output that is read to its end.
    class drain : public read_request {
    public:
        drain(capture& c, capture_buffer& b) noexcept
            : read_request(&capture::was_read, nullptr, 0), owner(c), into(b) {}
        capture& owner;
        capture_buffer& into;
        stream* from = nullptr;
        phase now = phase::closed;
        bool widened = false;
    };

    /// The input.
    class feed : public write_request {
    public:
        explicit feed(capture& c) noexcept
            : write_request(&capture::was_written, nullptr, 0, transfer_mode::plain), owner(c) {}
        capture& owner;
        std::string_view left;  // may be longer than one transfer
        phase now = phase::closed;
    };

    COHORT_COLD bool try_start() {
        loop_ = &loop::of(exec());
        began_ = loop_->now();
        child_ = child_access::start(command_, *loop_);
        open(out_, child_.out().stream());
        open(err_, child_.err().stream());
        if (child_.in()) {
            in_.now = phase::busy;
            if (command_.input) in_.left = *command_.input;
            write();
        }
        if (!ended_ && child_access::process(child_).tell(*this)) exited();
        return ended_ && in_flight_ == 0;
    }

    COHORT_COLD bool withdraw() noexcept {
        if (ended_) return false;  // the last request is about to complete it
        quit();
        withdrawn_ = in_flight_ != 0;
        return !withdrawn_;
    }

    COHORT_COLD void open(drain& d, stream& from) {
        if (!from) return;
        d.from = &from;
        d.now = phase::busy;
        ++draining_;
        read(d);
    }

    /// Reads until it has to wait, or has had its share.
    COHORT_COLD void read(drain& d) noexcept {
        try {
            for (int i = 0; i < share && !ended_; ++i) {
                const view<std::byte> room = d.into.room(command_.capture_limit, command_.policy);
                d.set(room.data(), room.size());
                if (d.from->registered().submit(*loop_, static_cast<read_request&>(d))) return wait(d.now);
                if (!took(d)) return;
            }
            yield(d.now);
        } catch (...) {
            fail();
        }
    }

    /// What a read came to; false at the end.
    COHORT_COLD bool took(drain& d) {
        if (!d.result) throw_io_error(d.result.error(), "read", d.from->native());
        const std::size_t count = *d.result;
        if (count == 0) return close(d);
        d.into.filled(count);
        last_ = loop_->now();
        if (d.into.total() > command_.capture_limit) {
            result_.truncated_ = true;
            if (command_.policy == capture_policy::fail) {
                exceeded_ = true;
                child_access::process(child_).stop(stop_cause::reason::limit);
                return close(d);
            }
        }
        if (!d.widened && count >= usual_pipe) {
            // A producer that fills the pipe gets a larger one. A refusal (the user's share is used up) changes
            // nothing.
            d.widened = true;
            static_cast<void>(sys::set_pipe_size(d.from->native(), wide_pipe));
        }
        return true;
    }

    COHORT_COLD bool close(drain& d) noexcept {
        d.from->close();
        d.now = phase::closed;
        if (--draining_ == 0 && exited_) end();
        return false;
    }

    /// Writes the input. A command may end, or close its input, without reading all of it.
    COHORT_COLD void write() noexcept {
        try {
            for (int i = 0; i < share && !ended_; ++i) {
                if (in_.left.empty()) return close_input();
                in_.set(in_.left.data(), in_.left.size());
                if (child_.in().registered().submit(*loop_, static_cast<write_request&>(in_))) return wait(in_.now);
                if (!gave()) return;
            }
            yield(in_.now);
        } catch (...) {
            fail();
        }
    }

    /// What a write came to; false at the end.
    COHORT_COLD bool gave() {
        if (!in_.result) {
            if (in_.result.error() != EPIPE) throw_io_error(in_.result.error(), "write", child_.in().native());
            close_input();
            return false;
        }
        in_.left.remove_prefix(*in_.result);
        return true;
    }

    COHORT_COLD void close_input() noexcept {
        child_.in().close();
        in_.now = phase::closed;
    }

    COHORT_COLD void wait(phase& now) noexcept {
        now = phase::waiting;
        ++in_flight_;
    }

    COHORT_COLD void yield(phase& now) noexcept {
        now = phase::spent;
        if (!ended_) loop_->at_turn_end(*this);
    }

    COHORT_COLD static void was_read(io_request& r) noexcept {
        auto& d = static_cast<drain&>(static_cast<read_request&>(r));
        capture& self = d.owner;
        if (!self.arrived(d.now)) return;
        try {
            if (self.took(d)) self.read(d);
        } catch (...) {
            self.fail();
        }
    }

    COHORT_COLD static void was_written(io_request& r) noexcept {
        capture& self = static_cast<feed&>(static_cast<write_request&>(r)).owner;
        if (!self.arrived(self.in_.now)) return;
        try {
            if (self.gave()) self.write();
        } catch (...) {
            self.fail();
        }
    }

    /// A request has completed; false if nobody wants its result any more.
    COHORT_COLD bool arrived(phase& now) noexcept {
        now = phase::busy;
        --in_flight_;
        if (!ended_) return true;
        if (in_flight_ == 0) {
            if (withdrawn_) complete_cancelled();
            else complete();
        }
        return false;
    }

    COHORT_COLD static void turn_ended(turn_hook& hook) noexcept {
        auto& self = static_cast<capture&>(hook);
        if (self.out_.now == phase::spent) self.read(self.out_);
        if (self.err_.now == phase::spent) self.read(self.err_);
        if (self.in_.now == phase::spent) self.write();
    }

    COHORT_COLD static void program_ended(exit_waiter& waiter) noexcept { static_cast<capture&>(waiter).exited(); }

    COHORT_COLD void exited() noexcept {
        exited_ = true;
        exit_time_ = last_ = loop_->now();
        look();
    }

    COHORT_COLD static void fired(timer& t) noexcept { static_cast<capture&>(t).look(); }

    /// After the exit: whether the outputs are at their end, or are to be given up, or when to look again.
    COHORT_COLD void look() noexcept {
        try {
            if (wait_error != 0) throw error(wait_error, "wait");
            if (draining_ == 0) return end();
            const executor::nanoseconds grace = command_.idle_grace;
            const executor::nanoseconds now = loop_->now();
            executor::nanoseconds left = grace - (now - last_);
            // The exit is told before the bytes are, and a grace may be short: what is there already is not given up.
            // A completion that is on its way shows only in the next turn.
            if (left <= 0 && (!looked_ || has_more())) left = 1;
            looked_ = true;
            if (command_.time_limit >= 0) {
                // The limit is one for the output as well: after it there is one grace, whoever goes on writing.
                const executor::nanoseconds late = now - began_ - command_.time_limit;
                const executor::nanoseconds over = late < now - exit_time_ ? late : now - exit_time_;
                if (over > 0 && grace - over < left) left = grace - over;
            }
            if (left > 0) return loop_->timers().arm(*this, loop_->deadline_after(left));
            result_.complete_ = false;
            end();
        } catch (...) {
            fail();
        }
    }

    /// Whether an output has bytes, or its end, that have not been read.
    COHORT_COLD bool has_more() const noexcept {
        for (const drain* d : {&out_, &err_}) {
            if (d->now == phase::closed) continue;
            if (sys::has_input(d->from->native())) return true;
        }
        return false;
    }

    /// The exception that is being handled is the outcome.
    COHORT_COLD void fail() noexcept {
        if (!thrown_) thrown_ = std::current_exception();
        end();
    }

    COHORT_COLD void end() noexcept {
        if (ended_) return;
        quit();
        if (in_flight_ == 0 && waiting()) complete();
    }

    /// Nothing calls back any more, but for the requests that are left in flight.
    COHORT_COLD void quit() noexcept {
        ended_ = true;
        exit_waiter::unlink();
        turn_hook::cancel();
        loop_->timers().disarm(*this);
        for (drain* d : {&out_, &err_}) {
            if (d->now == phase::waiting &&
                loop_->backend().withdraw(d->from->registered().attach(*loop_), static_cast<read_request&>(*d)))
                --in_flight_;
        }
        if (in_.now == phase::waiting &&
            loop_->backend().withdraw(child_.in().registered().attach(*loop_), static_cast<write_request&>(in_)))
            --in_flight_;
    }

    static constexpr std::size_t usual_pipe = 65536;
    static constexpr std::size_t wide_pipe = 1 << 20;
    static constexpr int share = 16;  // reads or writes of one pipe in a turn, so that no child starves the others

    command_data& command_;
    loop* loop_ = nullptr;
    child child_;
    output_result result_;
    std::exception_ptr thrown_;
    drain out_{*this, result_.out_};
    drain err_{*this, result_.err_};
    feed in_{*this};
    executor::nanoseconds began_ = 0;
    executor::nanoseconds last_ = 0;
    executor::nanoseconds exit_time_ = 0;
    int draining_ = 0;
    int in_flight_ = 0;
    bool exited_ = false;
    bool exceeded_ = false;
    bool ended_ = false;
    bool looked_ = false;
};

}  // namespace cohort::detail
