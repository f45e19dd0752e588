#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async.hpp>

#include <memory>
#include <stdexcept>

using namespace std::chrono_literals;
namespace co = cohort;
using support::drive;

TEST_CASE("attempt: values, failures and void of tasks and operations", "[async][attempt]") {
    drive([]() -> co::task<> {
        auto value = co_await co::attempt([]() -> co::task<std::unique_ptr<int>> { co_return std::make_unique<int>(1); }());
        CHECK(**value == 1);
        auto failed = co_await co::attempt([]() -> co::task<int> {
            co_await co::yield();
            throw std::runtime_error("no");
        }());
        CHECK(!failed);
        CHECK(failed.message() == "no");
        auto slept = co_await co::attempt(co::sleep(1ms));
        CHECK(slept);
        co::queue<int> q(1);
        q.try_push(4);
        auto op = q.pop();
        auto popped = co_await co::attempt(op);
        CHECK(popped.value() == 4);
        auto nested = co_await co::attempt(co::attempt(q.push(3)));
        CHECK(nested.value().value());
        int x = 0;
        auto reference = co_await co::attempt([](int& r) -> co::task<int&> { co_return r; }(x));
        CHECK(&*reference == &x);
    });
}

namespace {

/// An operation that fails as it begins.
struct unable : co::operation<unable> {
    unable() : operation("unable") {}
    void await_resume() const { throw_if_cancelled(); }
    bool try_start() { throw co::error(12, "begin"); }
    bool withdraw() noexcept { return true; }
};
unable begin() { return unable(); }

}  // namespace

TEST_CASE("attempt, timeout, shield: an operation that fails as it begins", "[async][attempt]") {
    support::virtual_driver driver;
    driver.run([]() -> co::task<> {
        auto r = co_await co::attempt(begin());
        CHECK(r.code().value() == 12);
        auto timed = co_await co::attempt(co::timeout(1s, begin()));
        CHECK(timed.code().value() == 12);
        auto shielded = co_await co::attempt(co::shield(begin()));
        CHECK(shielded.code().value() == 12);
        auto all = co_await co::attempt(co::when_all(begin(), begin()));
        CHECK(all.code().value() == 12);
        co_await co::sleep(1s);
    });
    CHECK(driver.exec().timers().empty());
}

TEST_CASE("shield, timeout: the coroutine has its own stop token back afterwards", "[async][shield]") {
    support::virtual_driver driver;
    bool after_failure = false;
    const auto body = [&]() -> co::task<> {
        for (int i = 0; i < 2; ++i) {
            auto a = co_await co::attempt(co::shield(begin()));
            auto b = co_await co::attempt(co::timeout(1s, begin()));
            auto c = co_await co::timeout(1s, co::shield(co::yield()));
            CHECK((!a && !b && c));
        }
        after_failure = true;
        co_await co::sleep(1h);
    };
    support::root<> r(driver.exec(), body());
    driver.settle();
    CHECK(after_failure);
    r.stop();
    driver.settle();
    CHECK(r.was_cancelled());
}
