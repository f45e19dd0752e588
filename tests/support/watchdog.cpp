#include "support/watchdog.hpp"

#include "support/environment.hpp"
#include "support/wait.hpp"
#include "support/watchdog_board.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace support {

namespace {

board own_board;  // without a watcher
board* page = &own_board;

long long now_ms() noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

long long limit_ms() {
    const double seconds = std::atof(environment("COHORT_TEST_TIMEOUT").c_str());
    return (long long)((seconds > 0 ? seconds : 60) * 1000) * time_factor();
}

}  // namespace

void use_board(board* shared) noexcept { page = shared; }

bool time_is_up() noexcept {
    const long long deadline = page->deadline.load();
    return deadline && now_ms() > deadline;
}

void say_time_limit() {
    std::fprintf(stderr, "\nTIME LIMIT: test case \"%s\" ran longer than %lld ms\n", page->name, limit_ms());
}

bool ended_inside_a_case(const std::string& how) {
    if (!page->deadline.load()) return false;
    page->failed.fetch_add(1);
    std::fprintf(stderr, "\nENDED INSIDE test case \"%s\": %s\n", page->name, how.c_str());
    return true;
}

void report(int code) {
    if (!page->run_began.load()) return;  // listing, help
    const unsigned passed = page->passed.load();
    unsigned failed = page->failed.load();
    if (code != 0 && failed == 0) failed = 1;  // a sanitizer's report at exit, or no test case at all
    std::printf("cohort-tests: %u passed, %u failed\n", passed, failed);
    std::fflush(stdout);
}

void watch_run_begins() noexcept { page->run_began.store(true); }

void watch_case_begins(const char* name) noexcept {
    std::snprintf(page->name, sizeof page->name, "%s", name);
    page->deadline.store(now_ms() + limit_ms());
}

void watch_case_ends(bool passed) noexcept {
    (passed ? page->passed : page->failed).fetch_add(1);
    page->deadline.store(0);
}

}  // namespace support
