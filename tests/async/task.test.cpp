#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async/task.hpp>
#include <cohort/async/yield.hpp>

#include <memory>
#include <stdexcept>
#include <string>

namespace co = cohort;
using support::drive;

namespace {

co::task<int> plus_one(int x) { co_return x + 1; }

co::task<int> depth(int n) {
    if (n == 0) co_return 0;
    const int below = co_await depth(n - 1);
    co_return below + 1;
}

co::task<int> throwing_at(int n) {
    if (n == 0) throw std::runtime_error("at the bottom");
    const int below = co_await throwing_at(n - 1);
    co_return below;
}

struct counted {
    explicit counted(int& alive) noexcept : alive_(&alive) { ++*alive_; }
    counted(const counted& other) noexcept : counted(*other.alive_) {}
    ~counted() { --*alive_; }
    int* alive_;
};

co::task<> holding(counted) { co_return; }

}  // namespace

TEST_CASE("task: a million sequential awaits run on one stack", "[async][task]") {
    const int sum = drive([]() -> co::task<int> {
        int x = 0;
        for (int i = 0; i < 1'000'000; ++i) x = co_await plus_one(x);
        co_return x;
    });
    CHECK(sum == 1'000'000);
}

TEST_CASE("task: recursion 100,000 deep runs on an ordinary stack", "[async][task]") {
    CHECK(drive(depth(100'000)) == 100'000);
}

TEST_CASE("task: an exception passes 10,000 coroutines", "[async][task]") {
    CHECK_THROWS_WITH(drive(throwing_at(10'000)), "at the bottom");
}

TEST_CASE("task: is lazy, and its arguments go with it", "[async][task]") {
    int alive = 0;
    {
        auto never_run = holding(counted(alive));
        CHECK(alive == 1);
        auto moved = std::move(never_run);
        CHECK(alive == 1);
        moved = holding(counted(alive));
        CHECK(alive == 1);
    }
    CHECK(alive == 0);
    drive([&]() -> co::task<> {
        co_await holding(counted(alive));
        CHECK(alive == 0);
    });
    CHECK(alive == 0);
}

TEST_CASE("task: gives move-only values, references and void", "[async][task]") {
    int target = 1;
    drive([&]() -> co::task<> {
        auto boxed = co_await []() -> co::task<std::unique_ptr<int>> { co_return std::make_unique<int>(3); }();
        CHECK(*boxed == 3);
        int& same = co_await [](int& x) -> co::task<int&> { co_return x; }(target);
        CHECK(&same == &target);
        const std::string& text = co_await [](const std::string& s) -> co::task<const std::string&> { co_return s; }("x");
        static_cast<void>(text);
        co_await []() -> co::task<> { co_return; }();
    });
}

TEST_CASE("task: locals die in reverse order before the awaiting coroutine goes on", "[async][task]") {
    std::string order;
    struct note {
        std::string& to;
        char name;
        note(std::string& t, char n) : to(t), name(n) {}
        ~note() { to += name; }
    };
    drive([&]() -> co::task<> {
        co_await [](std::string& o) -> co::task<> {
            note a(o, 'a');
            note b(o, 'b');
            co_await co::yield();
        }(order);
        order += '|';
    });
    CHECK(order == "ba|");
}

TEST_CASE("task: an exception that is caught leaves the coroutine usable", "[async][task]") {
    drive([]() -> co::task<> {
        int caught = 0;
        for (int i = 0; i < 100; ++i) {
            try {
                co_await throwing_at(3);
            } catch (const std::runtime_error&) {
                ++caught;
            }
            co_await co::yield();
        }
        CHECK(caught == 100);
    });
}
