#pragma once
#include <cohort/async/executor.hpp>
#include <cohort/async/operation.hpp>
#include <cohort/async/result.hpp>
#include <cohort/async/stop.hpp>
#include <cohort/async/task.hpp>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// A task that runs as a root under a stop source of its own. Must have ended when it is destroyed.
template <class T = void>
class root {
public:
    root(cohort::executor& exec, cohort::task<T> body) : body_(std::move(body)) {
        cohort::detail::task_access::start(cohort::detail::task_access::promise(body_), exec, &stop_, this, &root::ended);
    }
    root(const root&) = delete;
    root& operator=(const root&) = delete;
    ~root() {
        if (done_) return;
        std::fputs("support::root: destroyed before its coroutine has ended\n", stderr);
        std::abort();
    }

    bool done() const noexcept { return done_; }
    void stop() noexcept { stop_.request_stop(); }

    /// What it ended with; once.
    T take() { return cohort::detail::task_access::promise(body_).take(); }

    /// Whether it ended by throwing `cohort::cancelled`.
    bool was_cancelled() const noexcept {
        const std::exception_ptr thrown = error();
        return thrown && cohort::detail::is_cancellation(thrown);
    }

    /// What it threw.
    std::exception_ptr error() const noexcept {
        return done_ ? cohort::detail::task_access::promise(body_).error() : std::exception_ptr();
    }

private:
    static void ended(cohort::promise_base& p) noexcept { static_cast<root*>(p.owner)->done_ = true; }

    mutable cohort::task<T> body_;
    cohort::stop_source stop_;
    bool done_ = false;
};

/// The names of the operations that wait on an executor, oldest first.
inline std::vector<std::string> pending_names(const cohort::executor& exec) {
    std::vector<std::string> names;
    exec.for_each_pending([&](const cohort::operation_base& op) { names.emplace_back(op.name()); });
    return names;
}

/// Runs coroutines on a bare executor whose clock stands still until all coroutines wait, and then jumps to the next
/// timer. No system call, no real time: every run of a test takes the same steps.
class virtual_driver {
public:
    virtual_driver() : exec_(&virtual_driver::clock) {}

    cohort::executor& exec() noexcept { return exec_; }

    /// Runs what is ready, until nothing is. No time passes.
    void settle() {
        do exec_.run_ready(1000);
        while (exec_.run_turn_hooks() || exec_.has_ready() || exec_.has_turn_hooks());
    }

    /// Resumes one ready coroutine.
    bool step() { return exec_.run_ready(1) == 1; }

    void advance(std::chrono::nanoseconds by) noexcept {
        now_ += by.count();
        exec_.timers().fire(now_);
    }

    /// Moves the clock to the next timer and fires it; false if no timer is armed.
    bool advance_to_timer() noexcept {
        if (exec_.timers().empty()) return false;
        if (exec_.timers().next_deadline() > now_) now_ = exec_.timers().next_deadline();
        exec_.timers().fire(now_);
        return true;
    }

    /// Runs until `root` has ended. Throws if it waits for something that can no longer happen.
    template <class T>
    void finish(root<T>& r) {
        for (;;) {
            settle();
            if (r.done()) return;
            if (!advance_to_timer()) break;
        }
        std::string waiting = "deadlock: the executor is idle and the task waits for";
        for (const std::string& name : pending_names(exec_)) waiting += " " + name;
        r.stop();
        settle();
        throw std::runtime_error(waiting);
    }

    /// Runs a task to its end; gives its value or throws what it threw.
    template <class T>
    T run(cohort::task<T> body) {
        root<T> r(exec_, std::move(body));
        finish(r);
        return r.take();
    }

    /// The same with a function that makes the task; the function's captures live as long as the task runs.
    template <class F>
        requires requires(F& f) { typename decltype(f())::value_type; }
    auto run(F body) {
        return run(body());
    }

    static cohort::executor::nanoseconds clock() noexcept { return now_; }

private:
    static inline thread_local cohort::executor::nanoseconds now_ = 0;
    cohort::executor exec_;
};

/// Runs a task, or what a function makes, to its end on an executor of its own with a virtual clock.
template <class Body>
auto drive(Body&& body) {
    virtual_driver driver;
    return driver.run(std::forward<Body>(body));
}

}  // namespace support
