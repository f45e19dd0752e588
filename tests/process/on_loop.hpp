#pragma once
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

/// A command that starts this test program in a role.
template <class... Args>
cohort::command self_command(const std::string& role, const Args&... args) {
    cohort::command self(support::self_path(), "--child", role);
    (self.arg(args), ...);
    return self;
}

inline std::string text_of(std::string_view view) { return std::string(view); }
