#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async/mutex.hpp>
#include <cohort/async/yield.hpp>

namespace co = cohort;

TEST_CASE("mutex: one at a time, in the order of the calls", "[async][mutex]") {
    support::virtual_driver driver;
    co::mutex m;
    std::string order;
    int inside = 0;
    const auto body = [&](char name) -> co::task<> {
        for (int i = 0; i < 2; ++i) {
            auto guard = co_await m.lock();
            CHECK(++inside == 1);
            co_await co::yield();
            order += name;
            --inside;
        }
    };
    support::root<> a(driver.exec(), body('a'));
    support::root<> b(driver.exec(), body('b'));
    support::root<> c(driver.exec(), body('c'));
    driver.settle();
    CHECK(order == "abcabc");
    CHECK(!m.is_locked());
}

TEST_CASE("mutex: unlock hands over, nobody slips in between", "[async][mutex]") {
    support::virtual_driver driver;
    co::mutex m;
    auto held = m.try_lock();
    REQUIRE(held);
    CHECK(!m.try_lock());
    bool locked = false;
    support::root<> r(driver.exec(), [](co::mutex& mine, bool& l) -> co::task<> {
        auto guard = co_await mine.lock();
        l = true;
    }(m, locked));
    driver.settle();
    CHECK(!locked);
    held.unlock();
    held.unlock();
    CHECK(m.is_locked());
    CHECK(!m.try_lock());
    driver.settle();
    CHECK(locked);
    CHECK(!m.is_locked());
}

TEST_CASE("mutex: guards move", "[async][mutex]") {
    co::mutex m, other;
    {
        auto a = m.try_lock();
        co::mutex::guard b;
        CHECK(!b);
        b = std::move(a);
        CHECK(!a);
        CHECK(b);
        auto c(std::move(b));
        CHECK(m.is_locked());
        c = other.try_lock();
        CHECK(!m.is_locked());
        CHECK(other.is_locked());
    }
    CHECK(!other.is_locked());
}
