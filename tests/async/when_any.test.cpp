#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async.hpp>

#include <memory>

using namespace std::chrono_literals;
namespace co = cohort;
using support::drive;

namespace {

co::task<int> after(std::chrono::milliseconds delay, int value) {
    co_await co::sleep(delay);
    co_return value;
}

co::task<int> fails_after(std::chrono::milliseconds delay, int code) {
    co_await co::shield(co::sleep(delay));
    throw co::error(code, "test");
}

}  // namespace

TEST_CASE("when_any: the first wins, the others are cancelled and joined", "[async][when_any]") {
    support::virtual_driver driver;
    const auto start = driver.clock();
    driver.run([]() -> co::task<> {
        auto any = co_await co::when_any(after(20ms, 1), after(10ms, 2), co::sleep(1h));
        CHECK(any.index() == 1);
        CHECK(any.get<1>() == 2);
        CHECK(!any.has<0>());
        CHECK(!any.has<2>());
        CHECK_THROWS_AS(any.get<0>(), co::cancelled);
        CHECK(any.error<0>());
        CHECK(!any.error<1>());
    });
    CHECK(driver.clock() - start == 10'000'000);
}

TEST_CASE("when_any: void and move-only winners", "[async][when_any]") {
    drive([]() -> co::task<> {
        auto slept = co_await co::when_any(co::sleep(1ms), after(1h, 1));
        CHECK(slept.index() == 0);
        CHECK(slept.has<0>());
        slept.get<0>();
        auto box = co_await co::when_any([]() -> co::task<std::unique_ptr<int>> { co_return std::make_unique<int>(3); }());
        auto taken = std::move(box).get<0>();
        CHECK(*taken == 3);
    });
}

TEST_CASE("when_any: a value that came too late to win is kept", "[async][when_any]") {
    support::virtual_driver driver;
    co::queue<int> a(1), b(1);
    const auto body = [&]() -> co::task<> {
        auto any = co_await co::when_any(a.pop(), b.pop());
        CHECK(any.index() == 1);
        CHECK(any.get<1>() == 2);
        REQUIRE(any.has<0>());
        CHECK(any.get<0>() == 1);
    };
    support::root<> r(driver.exec(), body());
    driver.settle();
    b.try_push(2);
    a.try_push(1);  // in the same turn: nobody has been told to stop yet
    driver.settle();
    REQUIRE(r.done());
    CHECK(!r.error());
    CHECK((a.empty() && b.empty()));
}

TEST_CASE("when_any: what lost takes nothing", "[async][when_any]") {
    drive([]() -> co::task<> {
        co::queue<int> a(1), b(1);
        for (int i = 0; i < 10; ++i) {
            a.try_push(i);
            auto any = co_await co::when_any(a.pop(), b.pop());
            CHECK(any.index() == 0);
        }
        b.try_push(5);
        auto five = b.try_pop();
        CHECK(five == 5);
    });
}

TEST_CASE("when_any: if the first to complete failed, that is thrown, with later failures", "[async][when_any]") {
    drive([]() -> co::task<> {
        auto r = co_await co::attempt(co::when_any(fails_after(2ms, 2), fails_after(1ms, 1), after(1h, 0)));
        CHECK(r.code().value() == 1);
        try {
            r.value();
        } catch (const co::error& e) {
            REQUIRE(e.others().size() == 1);
            CHECK(co::detail::code_of(e.others()[0]).value() == 2);
        }
    });
}

TEST_CASE("when_any: the failure of a loser is kept in the outcome", "[async][when_any]") {
    drive([]() -> co::task<> {
        auto any = co_await co::when_any(after(1ms, 4), fails_after(5ms, 7));
        CHECK(any.index() == 0);
        CHECK(any.get<0>() == 4);
        CHECK(co::detail::code_of(any.error<1>()).value() == 7);
        CHECK_THROWS_AS(any.get<1>(), co::error);
    });
}

TEST_CASE("when_any: one that gives up by itself does not win", "[async][when_any]") {
    drive([]() -> co::task<> {
        const auto gives_up = []() -> co::task<int> {
            throw co::cancelled();
            co_return 0;
        };
        auto any = co_await co::when_any(gives_up(), after(5ms, 1));
        CHECK(any.index() == 1);
        auto none = co_await co::attempt(co::when_any(gives_up(), gives_up()));
        CHECK(none.cancelled());
    });
}

TEST_CASE("when_any: a vector of tasks", "[async][when_any]") {
    drive([]() -> co::task<> {
        std::vector<co::task<int>> tasks;
        for (int i = 0; i < 10; ++i) tasks.push_back(after(std::chrono::milliseconds(i == 6 ? 1 : 50), i));
        auto any = co_await co::when_any(std::move(tasks));
        CHECK(any.index() == 6);
        CHECK(any.get() == 6);
        CHECK(any.size() == 10);
        CHECK(any.has(6));
        CHECK(!any.has(5));
        CHECK(any.get(6) == 6);
        CHECK(any.error(5));
        std::vector<co::task<>> of_void;
        of_void.push_back([]() -> co::task<> { co_return; }());
        auto one = co_await co::when_any(std::move(of_void));
        CHECK(one.index() == 0);
        one.get();
        std::vector<co::task<>> empty;
        auto none = co_await co::attempt(co::when_any(std::move(empty)));
        CHECK(none.cancelled());
    });
}
