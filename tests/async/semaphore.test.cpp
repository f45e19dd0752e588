#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async/semaphore.hpp>

namespace co = cohort;

namespace {

co::task<> take(co::semaphore& s, std::size_t n, std::string& order, char name) {
    co_await s.acquire(n);
    order += name;
}

}  // namespace

TEST_CASE("semaphore: a big request is not starved by small ones", "[async][semaphore]") {
    support::virtual_driver driver;
    co::semaphore s(2);
    std::string order;
    support::root<> big(driver.exec(), take(s, 3, order, 'B'));
    support::root<> small(driver.exec(), take(s, 1, order, 's'));
    driver.settle();
    CHECK(order.empty());
    CHECK(!s.try_acquire());  // two are free, but somebody waits
    CHECK(s.available() == 2);
    s.release();
    driver.settle();
    CHECK(order == "B");
    s.release();
    driver.settle();
    CHECK(order == "Bs");
    CHECK(s.available() == 0);
}

TEST_CASE("semaphore: when the request at the head is cancelled, those behind it go on", "[async][semaphore]") {
    support::virtual_driver driver;
    co::semaphore s(2);
    std::string order;
    support::root<> big(driver.exec(), take(s, 3, order, 'B'));
    support::root<> one(driver.exec(), take(s, 1, order, '1'));
    support::root<> two(driver.exec(), take(s, 1, order, '2'));
    support::root<> three(driver.exec(), take(s, 1, order, '3'));
    driver.settle();
    big.stop();
    driver.settle();
    CHECK(big.was_cancelled());
    CHECK(order == "12");
    s.release(5);
    driver.settle();
    CHECK(order == "123");
    CHECK(s.available() == 4);
}

TEST_CASE("semaphore: a request for nothing", "[async][semaphore]") {
    co::semaphore s(0);
    CHECK(s.try_acquire(0));
    support::drive([&]() -> co::task<> { co_await s.acquire(0); });
    CHECK(s.available() == 0);
}
