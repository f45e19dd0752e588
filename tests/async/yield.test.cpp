#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async/yield.hpp>

namespace co = cohort;

TEST_CASE("yield: a million", "[async][yield]") {
    support::drive([]() -> co::task<> {
        for (int i = 0; i < 1'000'000; ++i) co_await co::yield();
    });
}

TEST_CASE("yield: two coroutines take turns", "[async][yield]") {
    support::virtual_driver driver;
    std::string order;
    const auto body = [&](char name) -> co::task<> {
        for (int i = 0; i < 3; ++i) {
            order += name;
            co_await co::yield();
        }
    };
    support::root<> a(driver.exec(), body('a'));
    support::root<> b(driver.exec(), body('b'));
    driver.settle();
    CHECK(order == "ababab");
}
