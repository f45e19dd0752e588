// The main function of every test program: child roles, then the tests under a watchdog with a leak check of each test case.
//
// Catch2's own signal handlers stay off: the watchdog names the test case of a crash, the tests see default dispositions, as an
// ordinary program does, and a forked child that gets a signal does not report a failed test in its parent's place.
#if __has_include(<catch2/catch_session.hpp>)
#    include <catch2/catch_session.hpp>
#    include <catch2/catch_test_case_info.hpp>
#    include <catch2/internal/catch_fatal_condition_handler.hpp>
#    include <catch2/reporters/catch_reporter_event_listener.hpp>
#    include <catch2/reporters/catch_reporter_registrars.hpp>
using listener_base = Catch::EventListenerBase;

// Version 3 chooses this when the library is built. All members of the class that it does not define in its header are defined
// here, so that the linker has no use for the library's.
Catch::FatalConditionHandler::FatalConditionHandler() = default;
Catch::FatalConditionHandler::~FatalConditionHandler() = default;
void Catch::FatalConditionHandler::engage_platform() {}
void Catch::FatalConditionHandler::disengage_platform() noexcept {}
#else
#    define CATCH_CONFIG_RUNNER
#    define CATCH_CONFIG_NO_POSIX_SIGNALS
#    define CATCH_CONFIG_NO_WINDOWS_SEH
#    include <catch2/catch.hpp>
using listener_base = Catch::TestEventListenerBase;
#endif

#include "support/child.hpp"
#include "support/environment.hpp"
#include "support/leaks.hpp"
#include "support/watchdog.hpp"

#include <cohort/sys/platform.hpp>

#include <cstdio>
#include <optional>
#if COHORT_TSAN
#    include <thread>
#endif

namespace {

bool tests_ran = false;
unsigned cases = 0;
unsigned leaking_cases = 0;

/// A listener cannot fail a test case; it prints the leak and main turns the count into the exit code.
struct leak_listener : listener_base {
    using listener_base::listener_base;

    void testRunStarting(const Catch::TestRunInfo&) override {
        tests_ran = true;
        support::watch_run_begins();
    }

    void testCaseStarting(const Catch::TestCaseInfo& info) override {
        ++cases;
        name_ = info.name;
        support::watch_case_begins(name_.c_str());
        before_.emplace();
    }

    void testCaseEnded(const Catch::TestCaseStats& stats) override {
        const std::vector<std::string> left = before_->differences();
        before_.reset();
        if (!left.empty()) {
            ++leaking_cases;
            std::fflush(stdout);
            std::fprintf(stderr, "\nLEFT BEHIND by test case \"%s\":\n", name_.c_str());
            for (const std::string& line : left) std::fprintf(stderr, "  %s\n", line.c_str());
        }
        support::watch_case_ends(left.empty() && stats.totals.testCases.failed == 0);
    }

private:
    std::string name_;
    std::optional<support::inventory> before_;
};

CATCH_REGISTER_LISTENER(leak_listener)

int run_tests(int argc, char** argv) {
    support::take_signals_again();
#if COHORT_TSAN
    std::thread([] {}).join();  // the sanitizer's own thread starts with the first one, so before the first inventory
#endif
    const int code = Catch::Session().run(argc, argv);
    if (!tests_ran) return code;  // listing, help, an error in the command line
    if (cases == 0) std::fprintf(stderr, "no test case ran\n");
    if (leaking_cases > 0) std::fprintf(stderr, "\n%u test case(s) left something behind\n", leaking_cases);
    // One code for every failure: Catch2's differ between versions, and a count of failures can meet a code with a meaning.
    return code != 0 || cases == 0 || leaking_cases > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    support::prepare_main(argc, argv);
    const int code = support::run_child(argc, argv);
    return code != -1 ? code : support::run_watched(run_tests, argc, argv);
}
