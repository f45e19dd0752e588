#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async.hpp>

#include <memory>
#include <stdexcept>

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

co::task<> note_cancellation(bool& noted) {
    try {
        co_await co::sleep(1h);
    } catch (const co::cancelled&) {
        noted = true;
        throw;
    }
}

}  // namespace

TEST_CASE("when_all: runs at once and gives all values", "[async][when_all]") {
    support::virtual_driver driver;
    const auto start = driver.clock();
    driver.run([]() -> co::task<> {
        co::queue<std::string> q(1);
        int x = 0;
        auto all = co_await co::when_all(after(20ms, 1), after(10ms, 2), co::sleep(5ms), q.push("word"), q.pop(),
                                         []() -> co::task<std::unique_ptr<int>> { co_return std::make_unique<int>(9); }(),
                                         [](int& r) -> co::task<int&> { co_return r; }(x));
        CHECK(all.get<0>() == 1);
        CHECK(all.get<1>() == 2);
        all.get<2>();
        CHECK(all.get<3>());
        CHECK(all.get<4>() == "word");
        auto box = std::move(all).get<5>();
        CHECK(*box == 9);
        CHECK(&all.get<6>() == &x);
    });
    CHECK(driver.clock() - start == 20'000'000);
}

TEST_CASE("when_all: a vector of tasks", "[async][when_all]") {
    drive([]() -> co::task<> {
        std::vector<co::task<int>> tasks;
        for (int i = 0; i < 100; ++i) tasks.push_back(after(std::chrono::milliseconds(100 - i), i));
        auto values = co_await co::when_all(std::move(tasks));
        REQUIRE(values.size() == 100);
        for (int i = 0; i < 100; ++i) CHECK(values[std::size_t(i)] == i);
        std::vector<co::task<>> nothing;
        co_await co::when_all(std::move(nothing));
        std::vector<co::task<>> two;
        bool a = false;
        two.push_back([](bool& f) -> co::task<> {
            co_await co::yield();
            f = true;
        }(a));
        two.push_back([]() -> co::task<> { co_return; }());
        co_await co::when_all(std::move(two));
        CHECK(a);
    });
}

TEST_CASE("when_all: the first failure stops the others and is thrown with theirs", "[async][when_all]") {
    drive([]() -> co::task<> {
        bool stopped = false;
        auto r = co_await co::attempt(co::when_all(fails_after(30ms, 3), fails_after(10ms, 1), note_cancellation(stopped),
                                                   fails_after(20ms, 2), after(1ms, 0)));
        CHECK(stopped);
        CHECK(r.code().value() == 1);
        try {
            r.value();
        } catch (const co::error& e) {
            REQUIRE(e.others().size() == 2);
            CHECK(co::detail::code_of(e.others()[0]).value() == 2);
            CHECK(co::detail::code_of(e.others()[1]).value() == 3);
        }
    });
}

TEST_CASE("when_all: a failure is thrown after all have ended, not before", "[async][when_all]") {
    support::virtual_driver driver;
    const auto start = driver.clock();
    auto r = driver.run([]() -> co::task<co::result<>> {
        auto both = co_await co::attempt(co::when_all(fails_after(1ms, 1), co::shield(co::sleep(50ms))));
        co_return co::result<>(both.error());
    });
    CHECK(r.code().value() == 1);
    CHECK(driver.clock() - start == 50'000'000);
}

TEST_CASE("when_all: one that ends cancelled by itself cancels the whole", "[async][when_all]") {
    drive([]() -> co::task<> {
        bool stopped = false;
        auto r = co_await co::attempt(
            co::when_all(note_cancellation(stopped), []() -> co::task<> { throw co::cancelled(); co_return; }()));
        CHECK(r.cancelled());
        CHECK(stopped);
    });
}

TEST_CASE("when_all: a stop before the start starts none", "[async][when_all]") {
    support::virtual_driver driver;
    bool ran = false;
    const auto child = [&]() -> co::task<> {
        ran = true;
        co_return;
    };
    const auto body = [&]() -> co::task<> { co_await co::when_all(child(), child()); };
    support::root<> r(driver.exec(), body());
    r.stop();
    driver.settle();
    CHECK(r.was_cancelled());
    CHECK(!ran);
}

TEST_CASE("when_all: one exception that several tasks end with is not attached to itself", "[async][when_all]") {
    support::drive([]() -> co::task<> {
        const std::exception_ptr shared = std::make_exception_ptr(co::error(EIO, "read", "shared"));
        const auto fails = [](std::exception_ptr e) -> co::task<> {
            if (!e) co_return;
            std::rethrow_exception(e);
        };
        std::size_t others = 99;
        try {
            auto both = co::when_all(fails(shared), fails(shared));
            co_await std::move(both);
        } catch (const co::error& e) {
            others = e.others().size();
        }
        CHECK(others == 0);
    });
}
