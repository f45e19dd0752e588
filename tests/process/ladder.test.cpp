// The stop ladder as a value.
#include <cohort/process/ladder.hpp>

#include "../support/test.hpp"

#include <chrono>
#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

/// Signals and graces in milliseconds, rung by rung.
std::vector<std::pair<int, long>> rungs_of(const co::ladder& steps) {
    std::vector<std::pair<int, long>> rungs;
    for (std::size_t i = 0; i < steps.size(); ++i) rungs.emplace_back(steps[i].signal, static_cast<long>(steps[i].grace / 1'000'000));
    return rungs;
}

using list = std::vector<std::pair<int, long>>;

}  // namespace

TEST_CASE("the ladders that have names") {
    CHECK(rungs_of(co::ladder()) == list{{SIGTERM, 5000}, {SIGKILL, 10000}});
    CHECK(rungs_of(co::ladder::worker()) == list{{0, 2000}, {SIGTERM, 3000}, {SIGKILL, 10000}});
    CHECK(rungs_of(co::ladder::kill()) == list{{SIGKILL, 10000}});
}

TEST_CASE("rungs follow each other as they were said, in any unit") {
    CHECK(rungs_of(co::ladder(SIGINT, 2s).then(SIGTERM, 1500ms).then_kill()) == list{{SIGINT, 2000}, {SIGTERM, 1500}, {SIGKILL, 10000}});
    CHECK(rungs_of(co::ladder::patient(0.25s).then(SIGHUP, 1min)) == list{{0, 250}, {SIGHUP, 60000}});
}

TEST_CASE("a ninth rung is refused, and the eight stay") {
    co::ladder steps = co::ladder::patient(1ms);
    for (int i = 1; i < 8; ++i) steps.then(SIGTERM, 1ms);
    int code = 0;
    try {
        steps.then_kill();
    } catch (const co::error& e) {
        code = e.code().value();
    }
    CHECK(code == E2BIG);
    CHECK(steps.size() == 8);
}
