#pragma once
#include "support/drive.hpp"

#include <cohort/reactor/loop.hpp>
#include <cohort/sys/signal.hpp>

#include <chrono>
#include <stdexcept>

namespace support {

/// Drives a real loop by hand: `settle` runs it for as long as something is ready and never blocks. SIGPIPE is blocked
/// in this thread meanwhile, as it is inside `run`. For `check_cancellation` and for tests of one turn.
template <class Loop = cohort::loop>
class loop_driver {
public:
    loop_driver() {}
    loop_driver(const loop_driver&) = delete;
    loop_driver& operator=(const loop_driver&) = delete;

    Loop& loop() noexcept { return loop_; }
    cohort::executor& exec() noexcept { return loop_; }

    void settle() {
        for (;;) {
            const std::size_t completed = loop_.backend().wait(0);
            if (!loop_.timers().empty()) loop_.timers().fire(loop_.now());
            const std::size_t resumed = loop_.run_ready(1000);
            if (!loop_.run_turn_hooks() && completed == 0 && resumed == 0) return;
        }
    }

    /// Runs turns, which may block, until `root` has ended. The watchdog ends a test that waits for ever.
    template <class T>
    void finish(root<T>& r) {
        while (!r.done()) loop_.turn();
    }

    /// Runs a task to its end; gives its value or throws what it threw.
    template <class T>
    T run(cohort::task<T> body) {
        root<T> r(loop_, std::move(body));
        finish(r);
        return r.take();
    }

private:
    cohort::sys::signal_blocked blocked_{cohort::sys::sigpipe};
    Loop loop_;
};

}  // namespace support
