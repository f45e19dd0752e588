// run: a program as a coroutine.
#pragma once

#include "../reactor/loop.hpp"
#include "../sys/arguments.hpp"
#include "args.hpp"
#include "role.hpp"

#include <type_traits>
#include <utility>

namespace cohort {

/// Runs `app(args)`, or `app()`, a coroutine, on a loop, and gives main's exit code: what the coroutine returns, 0 if
/// that is nothing. What leaves it as an exception is shown on stderr, `program: what()`, and gives 1. In a process
/// that was started by `fork_self` the role is run in its place.
///
///     int main(int argc, char** argv) { return co::run(app, argc, argv); }
template <class App>
int run(App app, int argc, char** argv, loop_options options = loop_options()) {
    static_assert(std::is_invocable_v<App&, args> || std::is_invocable_v<App&>,
                  "the function given to cohort::run takes cohort::args, or nothing");
    const sys::program_arguments own(argc, argv);
    const args arguments(own.count(), own.values());
    try {
        if (started_as_role()) return run_role(argc, argv, options);
        loop here(options);
        if constexpr (std::is_invocable_v<App&, args>) return detail::run_for_code(here, app(arguments));
        else return detail::run_for_code(here, app());
    } catch (...) {
        return detail::report_failure(arguments.program(), std::string_view());
    }
}

}  // namespace cohort
