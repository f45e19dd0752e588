// Running a command to its end: feeds its input, drains its outputs, waits for it.
//
// Three coroutines of a scope (one per pipe) run beside the one that waits for the exit, so no order of the child's
// reads and writes can block it for good. After the exit the outputs are drained for as long as bytes arrive: the pipes
// of a command that left nobody behind are at their end by then. What a grandchild holds open is given up when it has
// been idle for the grace. The result lives in the coroutine's frame and is moved out at the end, when the readers are
// gone.
#pragma once

#include "../../async/detail/text.hpp"
#include "../../async/event.hpp"
#include "../../async/scope.hpp"
#include "../../async/task.hpp"
#include "../../async/timeout.hpp"
#include "../../detail/chrono.hpp"
#include "../../sys/platform.hpp"
#include "../../sys/splice.hpp"
#include "../child.hpp"
#include "../output_result.hpp"
#include "command_data.hpp"

#include <cerrno>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace cohort::detail {

template <class = void>
class capture {
public:
    capture(const capture&) = delete;
    capture& operator=(const capture&) = delete;

    COHORT_COLD static task<output_result> run(command_data command) {
        this_coroutine where;
        promise_base& me = co_await where;
        if (me.stop->stop_requested()) throw cancelled();
        capture self(std::move(command));
        loop& here = loop::of(*me.exec);
        self.exec_ = &here;
        self.began_ = here.now();
        self.child_ = child_access::start(self.command_, here);
        self.result_.title_ = self.child_.title();
        capture* const that = &self;
        co_await scope([that](scope_ref s) { return that->body(s); });
        if (self.exceeded_) {
            throw error(ENOBUFS, "output",
                        joined(self.child_.title(), " (limit ", decimal(self.command_.capture_limit), " bytes)"));
        }
        self.result_.out_.finish(self.command_.capture_limit, self.command_.policy);
        self.result_.err_.finish(self.command_.capture_limit, self.command_.policy);
        self.result_.stopped_by_ = self.child_.stopped_by();
        self.result_.duration_ = std::chrono::nanoseconds(here.now() - self.began_);
        co_return std::move(self.result_);
    }

private:
    COHORT_COLD explicit capture(command_data command) : command_(std::move(command)) {
        if (!command_.out_given) command_.out = slot(slot::kind::pipe);
        if (!command_.err_given) command_.err = slot(slot::kind::pipe);
        if (command_.input) command_.in = slot(slot::kind::pipe);
        else if (!command_.in_given) command_.in = slot(slot::kind::null);
    }

    COHORT_COLD task<> body(scope_ref s) {
        if (child_.out().stream()) start(s, drain(child_.out().stream(), result_.out_));
        if (child_.err().stream()) start(s, drain(child_.err().stream(), result_.err_));
        if (child_.in()) s.spawn(feed());
        exit_wait end = child_.wait();
        result_.status_ = co_await end;
        const executor::nanoseconds grace = command_.idle_grace;
        const executor::nanoseconds ended = last_ = exec_->now();
        while (draining_ > 0) {
            const executor::nanoseconds now = exec_->now();
            executor::nanoseconds left = grace - (now - last_);
            if (command_.time_limit >= 0) {
                // The limit is one for the output as well: after it there is one grace, whoever goes on writing.
                const executor::nanoseconds late = now - began_ - command_.time_limit;
                const executor::nanoseconds over = late < now - ended ? late : now - ended;
                if (over > 0 && grace - over < left) left = grace - over;
            }
            if (left <= 0) {
                result_.complete_ = false;
                break;
            }
            static_cast<void>(co_await timeout(std::chrono::nanoseconds(left), drained_.wait()));
        }
        s.cancel();
    }

    COHORT_COLD void start(scope_ref s, task<> reader) {
        ++draining_;
        s.spawn(std::move(reader));
    }

    /// Reads until the end of the stream.
    COHORT_COLD task<> drain(stream& from, capture_buffer& into) {
        const std::size_t limit = command_.capture_limit;
        const capture_policy policy = command_.policy;
        bool widened = false;
        for (;;) {
            const std::span<std::byte> room = into.room(limit, policy);
            read_operation read = from.read_some(room);
            const std::size_t count = co_await read;
            if (count == 0) break;
            into.filled(count);
            last_ = exec_->now();
            if (into.total() > limit) {
                result_.truncated_ = true;
                if (policy == capture_policy::fail) {
                    exceeded_ = true;
                    child_access::stop(child_, stop_cause::reason::limit);
                    break;
                }
            }
            if (!widened && count >= usual_pipe) {
                // A producer that fills the pipe gets a larger one. A refusal (the user's share is used up) changes
                // nothing.
                widened = true;
                static_cast<void>(sys::set_pipe_size(from.native(), wide_pipe));
            }
        }
        from.close();
        if (--draining_ == 0) drained_.set();
    }

    /// Writes the input. A command may end, or close its input, without reading all of it.
    COHORT_COLD task<> feed() {
        std::span<const std::byte> left;
        if (command_.input) left = std::as_bytes(std::span<const char>(*command_.input));
        while (!left.empty()) {
            write_operation write = child_.in().write_some(left);
            try {
                const std::size_t count = co_await write;
                left = left.subspan(count);
            } catch (const error& failed) {
                if (failed.code() != std::errc::broken_pipe) throw;
                break;
            }
        }
        child_.in().close();
    }

    static constexpr std::size_t usual_pipe = 65536;
    static constexpr std::size_t wide_pipe = 1 << 20;

    command_data command_;
    executor* exec_ = nullptr;
    child child_;
    output_result result_;
    event drained_;
    executor::nanoseconds began_ = 0;
    executor::nanoseconds last_ = 0;
    int draining_ = 0;
    bool exceeded_ = false;
};

}  // namespace cohort::detail
