#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async.hpp>

#include <memory>
#include <stdexcept>

using namespace std::chrono_literals;
namespace co = cohort;
using support::drive;

namespace {

co::generator<int> count_to(int n) {
    for (int i = 1; i <= n; ++i) {
        if (i % 3 == 0) co_await co::sleep(1ms);
        co_yield i;
    }
}

co::generator<std::string> lines_then_failure() {
    std::string kept = "one";
    co_yield kept;
    CHECK(kept == "one");  // an lvalue is copied
    co_yield std::string("two");
    throw std::runtime_error("no more");
}

struct flag_at_end {
    explicit flag_at_end(bool& f) noexcept : flag(f) {}
    ~flag_at_end() { flag = true; }
    bool& flag;
};

co::generator<int> endless(bool& ended) {
    flag_at_end f(ended);
    for (int i = 0;; ++i) co_yield i;
}

co::generator<int> tree(int depth) {
    if (depth == 0) co_return;
    auto left = tree(depth - 1);
    while (auto x = co_await left.next()) co_yield *x;
    co_yield depth;
    auto right = tree(depth - 1);
    while (auto x = co_await right.next()) co_yield *x;
}

}  // namespace

TEST_CASE("generator: gives its values and then nothing, again and again", "[async][generator]") {
    drive([]() -> co::task<> {
        auto numbers = count_to(10);
        int expected = 0;
        while (auto x = co_await numbers.next()) CHECK(*x == ++expected);
        CHECK(expected == 10);
        auto after = co_await numbers.next();
        CHECK(!after);
        auto none = count_to(0);
        auto first = co_await none.next();
        CHECK(!first);
    });
}

TEST_CASE("generator: a failure surfaces once, then it has ended", "[async][generator]") {
    drive([]() -> co::task<> {
        auto lines = lines_then_failure();
        auto one = co_await lines.next();
        CHECK(one == "one");
        auto two = co_await lines.next();
        CHECK(two == "two");
        auto failed = co_await co::attempt(lines.next());
        CHECK(failed.message() == "no more");
        auto after = co_await lines.next();
        CHECK(!after);
    });
}

TEST_CASE("generator: destroyed at a yield, it destroys its objects", "[async][generator]") {
    bool ended = false;
    drive([&]() -> co::task<> {
        auto numbers = endless(ended);
        auto x = co_await numbers.next();
        auto y = co_await numbers.next();
        CHECK(x == 0);
        CHECK(y == 1);
        CHECK(!ended);
        numbers = endless(ended);
        CHECK(ended);
        ended = false;
        auto z = co_await numbers.next();
        CHECK(z == 0);
    });
    CHECK(ended);
    ended = false;
    { auto never_started = endless(ended); }
    CHECK(!ended);
}

TEST_CASE("generator: generators nest", "[async][generator]") {
    drive([]() -> co::task<> {
        auto t = tree(8);
        int nodes = 0;
        while (auto x = co_await t.next()) nodes += *x > 0;
        CHECK(nodes == 255);
    });
}

TEST_CASE("generator: move-only values", "[async][generator]") {
    drive([]() -> co::task<> {
        auto boxes = []() -> co::generator<std::unique_ptr<int>> {
            co_yield std::make_unique<int>(1);
            auto two = std::make_unique<int>(2);
            co_yield std::move(two);
        }();
        auto one = co_await boxes.next();
        auto two = co_await boxes.next();
        CHECK((**one == 1 && **two == 2));
    });
}

TEST_CASE("generator: a turn that is cancelled before it starts leaves the generator alone", "[async][generator]") {
    support::virtual_driver driver;
    bool ended = false;
    auto numbers = endless(ended);
    const auto one = [&]() -> co::task<int> { co_return *co_await numbers.next(); };
    CHECK(driver.run(one()) == 0);
    {
        support::root<int> r(driver.exec(), one());
        r.stop();
        driver.settle();
        CHECK(r.was_cancelled());
    }
    CHECK(!ended);
    CHECK(driver.run(one()) == 1);
}

TEST_CASE("generator: a timeout inside a turn ends a body that lets it pass", "[async][generator]") {
    bool ended = false;
    drive([&]() -> co::task<> {
        auto slow = [](bool& e) -> co::generator<int> {
            flag_at_end f(e);
            co_yield 1;
            co_await co::sleep(1h);
            co_yield 2;
        }(ended);
        auto one = co_await co::timeout(1s, slow.next());
        CHECK(*one == 1);
        auto two = co_await co::timeout(1s, slow.next());
        CHECK(two.timed_out());
        CHECK(ended);
        auto after = co_await slow.next();
        CHECK(!after);
    });
}

TEST_CASE("generator: a body that catches the cancellation goes on", "[async][generator]") {
    drive([]() -> co::task<> {
        auto stubborn = []() -> co::generator<int> {
            for (int i = 0; i < 3; ++i) {
                bool stopped = false;
                try {
                    co_await co::sleep(1h);
                } catch (const co::cancelled&) {
                    stopped = true;
                }
                if (stopped) co_yield -1;
                co_yield i;
            }
        }();
        auto a = co_await co::timeout(1s, stubborn.next());
        CHECK(*a == -1);  // the value that it gave although the time had run out
        auto b = co_await stubborn.next();
        CHECK(b == 0);
        auto c = co_await stubborn.next();
        CHECK(c == 1);
    });
}
