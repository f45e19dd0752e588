// A started process until it has been reaped: who waits for it, what stops it, what becomes of it when nobody owns it.
//
// One object per process, made when it is spawned, so that destroying its owner allocates nothing and cannot fail. All
// of it happens on the loop's thread. It is in one of three states:
//   * owned: a `child` points to it. Waits link themselves here; the wait for the exit is submitted with the first of
//     them, or with the first rung, and once.
//   * orphaned: the owner is gone; the ladder runs and holds the loop. It deletes itself when the process has ended.
//     When the ladder is at its end before, the process counts as detached.
//   * detached: the owner has let it go. It does not hold the loop, reaps the process if that ends before the loop
//     does, and deletes itself then, or with the loop.
//
// A group of its own may outlive its leader. When the leader ends during the ladder, or has ended unnoticed when that
// begins, and others of the group run on, the process `lingers`: the ladder goes on for them, and only when they are
// gone, or it is at its end, the end is told.
// The system tells nobody of the end of a group, so it is looked at, at growing intervals.
//
// Why the process is signalled and never a successor of its number: see sys/process_tree.hpp; looks at a group are 64 ms
// apart at most. Why it is reaped exactly once: only this object waits, by pidfd; what others took shows as a status
// from PIDFD_GET_INFO or as lost.
//
// Why deleting itself is safe: it happens in callbacks (exit, timer, end of the loop) after which the caller does not
// touch the object, and never while a wait is linked, since those are taken off first and an orphan gets no new ones.
#pragma once

#include "../../async/detail/text.hpp"
#include "../../async/detail/waiter_list.hpp"
#include "../../async/error.hpp"
#include "../../async/operation.hpp"
#include "../../async/timer_queue.hpp"
#include "../../io/handle.hpp"
#include "../../reactor/loop.hpp"
#include "../../reactor/registration.hpp"
#include "../../reactor/request.hpp"
#include "../../sys/pidfd.hpp"
#include "../../sys/platform.hpp"
#include "../../sys/process_tree.hpp"
#include "../../sys/signal.hpp"
#include "../../sys/spawn.hpp"
#include "../exit_status.hpp"
#include "../ladder.hpp"
#include "../stop_cause.hpp"

#include <cerrno>
#include <exception>
#include <utility>

namespace cohort::detail {

class owned_process;

/// What is told of the end of a process: by a call, after `status` or `wait_error` has been set. They are copied, as
/// the process's owner may be gone before somebody looks.
class exit_waiter : public waiter_node {
public:
    using callback = void (*)(exit_waiter&) noexcept;

    [[gnu::always_inline]] explicit exit_waiter(callback on_end) noexcept : on_end_(on_end) {}
    [[gnu::always_inline]] exit_waiter(const exit_waiter& other) noexcept : waiter_node(), on_end_(other.on_end_) {}
    exit_waiter& operator=(const exit_waiter&) = delete;

protected:
    exit_status status;
    int wait_error = 0;  // why there is no status

private:
    friend owned_process;
    callback on_end_;
};

/// The awaitable of `child::wait`, and the second half of `child::stop`.
class exit_wait : public operation<exit_wait>, private exit_waiter {
public:
    exit_wait(owned_process* process) noexcept;
    exit_wait(const exit_wait& other) noexcept = default;

    exit_status await_resume();

private:
    friend operation<exit_wait>;

    bool try_start();
    bool withdraw() noexcept {
        exit_waiter::unlink();
        return true;
    }
    static void ended(exit_waiter& w) noexcept { static_cast<exit_wait&>(w).complete(); }

    owned_process* process_;
};

class owned_process : private exit_request, private timer, private loop_resident {
public:
    owned_process(loop& where, const sys::spawned& made, handle pidfd, const ladder& rungs, bool leads_group)
        : exit_request(&owned_process::ended), timer(&owned_process::fired), loop_resident(&owned_process::loop_ended),
          loop_(where), pidfd_(pidfd.release(), descriptor_kind::process), tree_(made, leads_group), ladder_(rungs),
          pid_(made.pid) {}
    owned_process(const owned_process&) = delete;
    owned_process& operator=(const owned_process&) = delete;

    loop& where() const noexcept { return loop_; }
    int pid() const noexcept { return pid_; }
    /// Null if the end has not been noticed.
    [[gnu::always_inline]] const exit_status* status() const noexcept { return reaped_ ? &status_ : nullptr; }
    [[gnu::always_inline]] stop_cause cause() const noexcept { return cause_; }
    void set_ladder(const ladder& rungs) noexcept {
        if (!climbing_) ladder_ = rungs;
    }

    /// Begins the ladder after `limit` nanoseconds unless the process ends before.
    COHORT_COLD void limit_time(executor::nanoseconds limit) { loop_.timers().arm(*this, loop_.deadline_after(limit)); }

    /// Sends a signal; false if the process has ended.
    COHORT_COLD bool signal(int sig) {
        if (has_ended()) return false;
        const auto sent = deliver(sig);
        if (sent) return true;
        if (sent.error() == ESRCH) return false;
        throw error(sent.error(), "kill", decimal(pid_));
    }

    /// Whether it has ended, reaped or not.
    bool has_ended() const noexcept {
        return reaped_ || sys::pidfd_ended(pidfd_.native());
    }

    /// Begins the ladder, unless it has begun or there is nothing to stop.
    COHORT_COLD void stop(stop_cause::reason why) noexcept {
        if (reaped_ || climbing_) return;
        climbing_ = true;
        cause_ = stop_cause(why, 0);
        loop_.timers().disarm(*this);
        watch();
        if (lingering_) return;  // for the others of its group
        if (reaped_) {  // it had ended by itself
            climbing_ = false;
            cause_ = stop_cause();
            return;
        }
        climb();
    }

    /// Submits the wait for the exit. After it either `status()` is there or `ended` will be called.
    COHORT_COLD void watch() noexcept {
        if (watching_ || reaped_) return;
        watching_ = true;
        wait_error_ = 0;
        try {
            record_ = &pidfd_.attach(loop_);
        } catch (...) {
            exit_request::result = sys::failure(ENOMEM);
            ended(*this);
            return;
        }
        if (loop_.backend().submit(*record_, static_cast<exit_request&>(*this))) ended(*this);
    }

    /// The owner is gone: the ladder runs, on behalf of the loop.
    COHORT_COLD void orphan() noexcept {
        fail_waits(ECANCELED);
        if (reaped_) {
            delete this;
            return;
        }
        owner_ = owner::orphaned;
        loop_.hold();
        loop_.admit(*this);
        stop(stop_cause::reason::request);
        // A ladder that was at its end before has no rung left that would let the loop go.
        if (climbing_ && !reaped_ && owner_ == owner::orphaned && !timer::armed()) climb();
        settle();
    }

    /// The owner lets the process run on.
    COHORT_COLD void detach() noexcept {
        fail_waits(ECANCELED);
        loop_.timers().disarm(*this);
        if (lingering_) conclude();
        if (reaped_) {
            delete this;
            return;
        }
        owner_ = owner::detached;
        tree_.let_live();
        loop_.admit(*this);
        watch();
        settle();
    }

    /// Has `waiter` told of the end; true if that, or why it cannot be known, is known already.
    COHORT_COLD bool tell(exit_waiter& waiter) noexcept {
        watch();
        if (!reaped_ && wait_error_ == 0) {
            waits_.push_back(waiter);
            return false;
        }
        inform(waiter);
        return true;
    }

private:
    enum class owner : unsigned char { child, orphaned, detached };

    ~owned_process() = default;

    /// From now on it deletes itself, now if it has ended.
    COHORT_COLD void settle() noexcept {
        settled_ = true;
        if (reaped_) let_go();
        else if (!watching_) watch_later();
    }

    /// The wait could not be submitted (no memory, a full epoll set): again in a while.
    COHORT_COLD void watch_later() noexcept {
        try {
            if (!timer::armed()) loop_.timers().arm(*this, loop_.deadline_after(100'000'000));
        } catch (...) {
            // Nothing is left to be told by: a zombie stays until this process ends.
            let_go();
        }
    }

    /// An orphan's or detached one's end.
    COHORT_COLD void let_go() noexcept {
        if (owner_ == owner::orphaned) loop_.release();
        loop_.timers().disarm(*this);
        delete this;
    }

    COHORT_COLD sys::outcome<> deliver(int sig) noexcept {
        return lingering_ ? tree_.signal_rest(pidfd_.native(), sig) : tree_.signal(pidfd_.native(), sig);
    }

    /// Goes on with the ladder until a rung has to be waited for.
    COHORT_COLD void climb() noexcept {
        while (rung_ < ladder_.size()) {
            const ladder::rung& step = ladder_[rung_++];
            if (step.signal != 0 && deliver(step.signal)) {
                if (!lingering_) cause_ = stop_cause(cause_.why(), step.signal);
                if (step.signal != sys::sigkill) static_cast<void>(deliver(sys::sigcont));
            }
            if (step.grace <= 0) continue;
            try {
                rung_end_ = loop_.deadline_after(step.grace);
                loop_.timers().arm(*this, rung_end_);
                return;
            } catch (...) {
                // No memory for a timer: the next rung comes early.
            }
        }
        if (owner_ != owner::orphaned) return;
        // The ladder is at its end and the process is not: it is let run, and reaped if the loop lives to see it.
        tree_.let_live();
        loop_.release();
        owner_ = owner::detached;
    }

    void inform(exit_waiter& waiter) const noexcept {
        if (reaped_) waiter.status = status_;
        else waiter.wait_error = wait_error_;
    }

    COHORT_COLD void fail_waits(int code) noexcept {
        while (!waits_.empty()) {
            exit_waiter& waiter = waits_.pop_front();
            waiter.wait_error = code;
            waiter.on_end_(waiter);
        }
    }

    COHORT_COLD static void fired(timer& t) noexcept {
        auto& self = static_cast<owned_process&>(t);
        if (self.lingering_) return self.linger();
        if (!self.watching_ && self.settled_) {
            self.settled_ = false;
            self.watch();
            self.settled_ = true;
            if (self.reaped_) return self.let_go();
            if (self.lingering_) return;
        }
        if (self.climbing_ && self.owner_ != owner::detached) self.climb();
        else if (self.owner_ == owner::child) self.stop(stop_cause::reason::timeout);
        // After the rung, whose timer comes first: there is one timer for both.
        if (self.settled_ && !self.watching_) self.watch_later();
    }

    static void ended(io_request& r) noexcept {
        auto& self = static_cast<owned_process&>(static_cast<exit_request&>(r));
        self.finish();
    }

    COHORT_COLD void finish() noexcept {
        // Where it could not be watched it runs on, and so does the time it has: its rung's, or its limit.
        if (!exit_request::result || (!info && info.error() != ECHILD)) return conclude();
        const bool on_the_ladder = climbing_ && (rung_ == 0 || timer::armed());
        loop_.timers().disarm(*this);
        if (on_the_ladder && tree_.group() && info) {
            lingering_ = true;
            linger();
        } else {
            conclude();
        }
    }

    /// The leader has ended: goes on with the ladder as long as others of its group run.
    COHORT_COLD void linger() noexcept {
        while (tree_.rest_runs(pidfd_.native())) {
            const executor::nanoseconds now = loop_.now();
            if (now >= rung_end_) {
                if (rung_ == ladder_.size()) break;
                climb();
                loop_.timers().disarm(*this);
                continue;
            }
            const executor::nanoseconds next = now + look_interval_;
            if (look_interval_ < longest_look_interval) look_interval_ *= 2;
            try {
                loop_.timers().arm(*this, next < rung_end_ ? next : rung_end_);
                return;
            } catch (...) {
                break;  // no memory for a timer: what can be told is told
            }
        }
        conclude();
    }

    /// Tells those who wait, and lets go of what is reaped.
    COHORT_COLD void conclude() noexcept {
        lingering_ = false;
        if (!exit_request::result) {
            wait_error_ = exit_request::result.error();
        } else if (info) {
            status_ = exit_status(tree_.explained(*info));
            reaped_ = true;
        } else if (info.error() == ECHILD) {
            status_ = exit_status::unknown();
            reaped_ = true;
        } else {
            wait_error_ = info.error();
        }
        watching_ = false;
        while (!waits_.empty()) {
            exit_waiter& waiter = waits_.pop_front();
            inform(waiter);
            waiter.on_end_(waiter);
        }
        if (reaped_) {
            tree_.let_live();
            pidfd_.close();
        }
        if (!settled_) return;
        if (reaped_) let_go();
        else watch_later();
    }

    COHORT_COLD static void loop_ended(loop_resident& r) noexcept {
        auto& self = static_cast<owned_process&>(r);
        // Closing makes a wait that is under way complete; by then it must not let go by itself.
        self.settled_ = false;
        self.loop_.timers().disarm(self);
        self.pidfd_.close();
        delete &self;
    }

    loop& loop_;
    registration<loop> pidfd_;
    sys::process_tree tree_;
    loop::descriptor* record_ = nullptr;
    waiter_list<exit_waiter> waits_;
    exit_status status_;
    ladder ladder_;
    std::size_t rung_ = 0;
    stop_cause cause_;
    static constexpr executor::nanoseconds longest_look_interval = 64'000'000;

    executor::nanoseconds rung_end_ = 0;
    executor::nanoseconds look_interval_ = 1'000'000;
    int pid_;
    int wait_error_ = 0;
    owner owner_ = owner::child;
    bool reaped_ = false;  // `status_` is known
    bool watching_ = false;
    bool climbing_ = false;
    bool lingering_ = false;  // reaped, but others of its group are still on the ladder
    bool settled_ = false;  // nobody owns it: it deletes itself
};

inline exit_wait::exit_wait(owned_process* process) noexcept
    : operation("wait"), exit_waiter(&exit_wait::ended), process_(process) {}

inline bool exit_wait::try_start() {
    if (!process_) {
        wait_error = ECHILD;
        return true;
    }
    return process_->tell(*this);
}

inline exit_status exit_wait::await_resume() {
    throw_if_cancelled();
    if (wait_error != 0) throw error(wait_error, "wait");
    return status;
}

}  // namespace cohort::detail
