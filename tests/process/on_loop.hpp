#pragma once
#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/process.hpp>
#include <cohort/reactor/loop.hpp>

#include <csignal>
#include <string>
#include <utility>

/// Runs what `body` makes on a loop of its own, which is destroyed before this returns.
template <class F>
auto on_loop(F body) {
    cohort::loop here;
    return here.run(body());
}

/// A loop that a test drives step by step.
class loop_driver {
public:
    cohort::loop& exec() noexcept { return loop_; }

    /// Runs until nothing more happens without an event from outside; takes the events that are there.
    void settle() {
        do {
            loop_.backend().wait(0);
            loop_.timers().fire(loop_.now());
            loop_.run_ready(1000);
        } while (loop_.run_turn_hooks() || loop_.has_ready());
    }

private:
    cohort::loop loop_;
};

/// A command that starts this test program in a role.
template <class... Args>
cohort::command self_command(const std::string& role, const Args&... args) {
    cohort::command self(support::self_path(), "--child", role);
    (self.arg(args), ...);
    return self;
}

inline std::string text_of(std::string_view view) { return std::string(view); }
