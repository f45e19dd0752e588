#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async.hpp>

#include <memory>
#include <stdexcept>

using namespace std::chrono_literals;
namespace co = cohort;
using support::drive;

TEST_CASE("timeout: flattens an optional and tells its two ways of being empty apart", "[async][timeout]") {
    drive([]() -> co::task<> {
        co::queue<std::string> q(2);
        q.try_push("first");
        if (auto m = co_await co::timeout(200ms, q.pop())) {
            CHECK(*m == "first");
            CHECK(m->size() == 5);
            CHECK(!m.timed_out());
            std::optional<std::string> whole = std::move(m).value();
            CHECK(whole == "first");
        } else {
            FAIL("there was a value");
        }
        auto late = co_await co::timeout(200ms, q.pop());
        CHECK(!late);
        CHECK(late.timed_out());
        CHECK_THROWS_AS(late.value(), co::error);
        q.close();
        auto end = co_await co::timeout(200ms, q.pop());
        CHECK(!end);
        CHECK(!end.timed_out());
        CHECK(!end.value());
    });
}

TEST_CASE("timeout: void, plain values, move-only values and references", "[async][timeout]") {
    drive([]() -> co::task<> {
        auto slept = co_await co::timeout(2ms, co::sleep(1ms));
        CHECK(slept);
        auto overslept = co_await co::timeout(1ms, co::sleep(2ms));
        CHECK(!overslept);
        CHECK(overslept.timed_out());
        auto box = co_await co::timeout(1ms, []() -> co::task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); }());
        auto taken = *std::move(box);
        CHECK(*taken == 7);
        int x = 0;
        auto same = co_await co::timeout(1ms, [](int& r) -> co::task<int&> { co_return r; }(x));
        CHECK(&*same == &x);
        auto late = co_await co::timeout_at(co::executor::clock::time_point(0s), co::sleep(1h));
        CHECK(late.timed_out());
    });
}

TEST_CASE("timeout: a zero or negative duration tries once", "[async][timeout]") {
    drive([]() -> co::task<> {
        co::queue<int> q(1);
        auto none = co_await co::timeout(0s, q.pop());
        CHECK(none.timed_out());
        q.try_push(1);
        auto one = co_await co::timeout(-1s, q.pop());
        CHECK(*one == 1);
    });
}

TEST_CASE("timeout: failures pass, with their own type", "[async][timeout]") {
    drive([]() -> co::task<> {
        auto r = co_await co::attempt(co::timeout(1s, []() -> co::task<int> {
            co_await co::yield();
            throw std::runtime_error("own");
        }()));
        CHECK(r.message() == "own");
    });
}

TEST_CASE("timeout: the time it takes is the awaitable's or the limit", "[async][timeout]") {
    support::virtual_driver driver;
    const auto start = driver.clock();
    driver.run([]() -> co::task<> {
        auto a = co_await co::timeout(1h, co::sleep(2ms));
        auto b = co_await co::timeout(3ms, co::sleep(1h));
        auto longest = co_await co::timeout(std::chrono::hours::max(), co::sleep(5ms));
        CHECK((a && !b && longest));
    });
    CHECK(driver.clock() - start == 10'000'000);
    CHECK(driver.exec().timers().empty());
}

namespace {

/// Tells how many timers there are when it begins, or fails to begin.
struct counting_timers {
    std::size_t* armed;
    bool fails;
    bool await_ready() const noexcept { return false; }
    template <std::derived_from<co::promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
        *armed = handle.promise().exec->timers().size();
        if (fails) throw std::runtime_error("it does not begin");
        return false;
    }
    void await_resume() const noexcept {}
};

}  // namespace

TEST_CASE("timeout: its timer stands before the awaitable begins, and is gone if that fails", "[async][timeout]") {
    support::virtual_driver driver;
    for (const bool fails : {false, true}) {
        std::size_t armed = 0;
        support::root<> r(driver.exec(), [](std::size_t& n, bool f) -> co::task<> {
            counting_timers op{&n, f};
            auto limited = co::timeout(1s, op);
            static_cast<void>(co_await std::move(limited));
        }(armed, fails));
        driver.settle();
        REQUIRE(r.done());
        CHECK(armed == 1);
        CHECK(driver.exec().timers().empty());
        if (fails) CHECK_THROWS_AS(r.take(), std::runtime_error);
        else r.take();
    }
}

TEST_CASE("timeout: the inner one and the outer one are told apart", "[async][timeout]") {
    drive([]() -> co::task<> {
        auto inner = co_await co::timeout(2s, co::timeout(1s, co::sleep(1h)));
        CHECK(!inner.timed_out());
        CHECK((*inner).timed_out());
        auto outer = co_await co::timeout(1s, co::timeout(2s, co::sleep(1h)));
        CHECK(outer.timed_out());
    });
}

TEST_CASE("timeout: a value that comes in the turn in which the timer fires is kept", "[async][timeout]") {
    support::virtual_driver driver;
    co::queue<int> q(1);
    const auto body = [&]() -> co::task<int> {
        auto x = co_await co::timeout(1s, q.pop());
        co_return x ? *x : -1;
    };
    {
        support::root<int> r(driver.exec(), body());
        driver.settle();
        q.try_push(5);
        driver.advance(1s);
        driver.settle();
        CHECK(r.take() == 5);
    }
    {
        support::root<int> r(driver.exec(), body());
        driver.settle();
        driver.advance(1s);
        q.try_push(6);
        driver.settle();
        CHECK(r.take() == -1);
        CHECK(q.size() == 1);
    }
}

TEST_CASE("timeout: a child that winds up slowly is waited for, and a stop meanwhile does not change the outcome",
          "[async][timeout]") {
    support::virtual_driver driver;
    bool cleaned = false;
    const auto slow = [&]() -> co::task<> {
        bool stopped = false;
        try {
            co_await co::sleep(1h);
        } catch (const co::cancelled&) {
            stopped = true;
        }
        CHECK(stopped);
        co_await co::shield(co::sleep(1s));
        cleaned = true;
        throw co::cancelled();
    };
    bool timed_out = false;
    const auto body = [&]() -> co::task<> {
        auto r = co_await co::timeout(1s, slow());
        timed_out = r.timed_out();
        co_await co::yield();
    };
    support::root<> r(driver.exec(), body());
    driver.settle();
    driver.advance(1s);
    driver.settle();
    CHECK(!cleaned);
    r.stop();
    driver.finish(r);
    CHECK(cleaned);
    CHECK(timed_out);
    CHECK(r.was_cancelled());
}
