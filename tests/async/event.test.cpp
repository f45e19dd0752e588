#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async/event.hpp>

namespace co = cohort;

TEST_CASE("event: wakes all in order, and stays set until reset", "[async][event]") {
    support::virtual_driver driver;
    co::event e;
    std::string order;
    const auto body = [&](char name) -> co::task<> {
        co_await e.wait();
        order += name;
    };
    support::root<> a(driver.exec(), body('a'));
    support::root<> b(driver.exec(), body('b'));
    driver.settle();
    CHECK(order.empty());
    e.set();
    e.set();
    e.reset();  // whom `set` has completed goes on all the same
    CHECK(!e.is_set());
    driver.settle();
    CHECK(order == "ab");

    support::root<> c(driver.exec(), body('c'));
    driver.settle();
    CHECK(!c.done());
    e.set();
    support::root<> d(driver.exec(), body('d'));
    driver.settle();
    CHECK(order == "abcd");

    co::event from_the_start(true);
    CHECK(from_the_start.is_set());
    driver.run([&]() -> co::task<> { co_await from_the_start.wait(); });
}
