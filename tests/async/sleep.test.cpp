#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async/sleep.hpp>

using namespace std::chrono_literals;
namespace co = cohort;

TEST_CASE("sleep: wakes in the order of deadlines, never early", "[async][sleep]") {
    support::virtual_driver driver;
    std::vector<int> order;
    const auto start = driver.clock();
    const auto body = [&](int ms) -> co::task<> {
        co_await co::sleep(std::chrono::milliseconds(ms));
        CHECK(driver.clock() - start >= ms * 1'000'000);
        order.push_back(ms);
    };
    support::root<> a(driver.exec(), body(30));
    support::root<> b(driver.exec(), body(10));
    support::root<> c(driver.exec(), body(20));
    driver.settle();
    driver.advance(std::chrono::nanoseconds(9'999'999));
    driver.settle();
    CHECK(order.empty());
    driver.finish(a);
    CHECK(order == std::vector<int>{10, 20, 30});
}

TEST_CASE("sleep: zero and negative durations let one turn pass", "[async][sleep]") {
    support::virtual_driver driver;
    const auto start = driver.clock();
    driver.run([]() -> co::task<> {
        co_await co::sleep(0s);
        co_await co::sleep(-5s);
        co_await co::sleep_until(co::executor::clock::time_point(-1s));
    });
    CHECK(driver.clock() == start);
}

TEST_CASE("sleep: a duration too long to add never ends, and can be cancelled", "[async][sleep]") {
    support::virtual_driver driver;
    support::root<> r(driver.exec(), []() -> co::task<> { co_await co::sleep(std::chrono::hours::max()); }());
    driver.settle();
    CHECK(driver.exec().timers().next_deadline() == INT64_MAX);
    r.stop();
    driver.settle();
    CHECK(r.was_cancelled());
    CHECK(driver.exec().timers().empty());
}
