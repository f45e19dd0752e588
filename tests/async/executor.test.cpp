#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async.hpp>

#include <limits>
#include <ratio>

using namespace std::chrono_literals;
namespace co = cohort;
using support::pending_names;

namespace {

co::task<> count_turns(int& turns, const bool& enough) {
    while (!enough) {
        ++turns;
        co_await co::yield();
    }
}

struct recorder : co::turn_hook {
    recorder(std::vector<int>& l, int n) : turn_hook(&recorder::run), log(l), name(n) {}
    static void run(co::turn_hook& h) noexcept {
        auto& self = static_cast<recorder&>(h);
        self.log.push_back(self.name);
        if (self.again) self.again->at_turn_end(self);
    }
    std::vector<int>& log;
    int name;
    co::executor* again = nullptr;
};

}  // namespace

TEST_CASE("executor: coroutines become ready in order", "[async][executor]") {
    support::virtual_driver driver;
    std::vector<int> order;
    const auto body = [&](int name) -> co::task<> {
        order.push_back(name);
        co_await co::yield();
        order.push_back(name + 10);
    };
    support::root<> a(driver.exec(), body(1));
    support::root<> b(driver.exec(), body(2));
    CHECK(order.empty());
    CHECK(driver.exec().run_ready(1) == 1);
    CHECK(order == std::vector<int>{1});
    driver.settle();
    CHECK(order == std::vector<int>{1, 2, 11, 12});
}

TEST_CASE("executor: operations that never have to wait do not starve the others", "[async][executor]") {
    support::virtual_driver driver;
    co::queue<int> q(1);
    co::event set(true);
    int turns = 0;
    bool enough = false;
    support::root<> other(driver.exec(), count_turns(turns, enough));
    const auto busy = [&]() -> co::task<> {
        for (int i = 0; i < 10'000; ++i) {
            co_await q.push(i);
            auto x = co_await q.pop();
            CHECK(x == i);
            co_await set.wait();
        }
        enough = true;
    };
    support::root<> r(driver.exec(), busy());
    driver.settle();
    REQUIRE(r.done());
    CHECK(turns >= 30'000 / 256);
}

TEST_CASE("executor: a generator that never has to wait does not starve the others", "[async][executor]") {
    support::virtual_driver driver;
    int turns = 0;
    bool enough = false;
    support::root<> other(driver.exec(), count_turns(turns, enough));
    const auto busy = [&]() -> co::task<> {
        auto numbers = []() -> co::generator<int> {
            for (int i = 0; i < 10'000; ++i) co_yield i;
        }();
        while (auto x = co_await numbers.next()) static_cast<void>(x);
        enough = true;
    };
    support::root<> r(driver.exec(), busy());
    driver.settle();
    REQUIRE(r.done());
    CHECK(turns >= 10'000 / 256);
}

TEST_CASE("executor: for_each_pending lists exactly the operations that wait", "[async][executor]") {
    support::virtual_driver driver;
    co::event e;
    co::queue<int> q(1);
    co::mutex m;
    co::semaphore s(0);
    auto held = m.try_lock();
    using names = std::vector<std::string>;

    support::root<> a(driver.exec(), [](co::event& x) -> co::task<> { co_await x.wait(); }(e));
    support::root<> b(driver.exec(), [](co::queue<int>& x) -> co::task<> { co_await x.pop(); }(q));
    support::root<> c(driver.exec(), [](co::mutex& x) -> co::task<> { auto g = co_await x.lock(); }(m));
    support::root<> d(driver.exec(), [](co::semaphore& x) -> co::task<> { co_await x.acquire(2); }(s));
    support::root<> f(driver.exec(), []() -> co::task<> { static_cast<void>(co_await co::timeout(1h, co::sleep(2h))); }());
    CHECK(pending_names(driver.exec()).empty());
    driver.settle();
    CHECK(pending_names(driver.exec()) == names{"event.wait", "queue.pop", "mutex.lock", "semaphore.acquire", "sleep"});
    e.set();
    CHECK(pending_names(driver.exec()) == names{"queue.pop", "mutex.lock", "semaphore.acquire", "sleep"});
    b.stop();
    CHECK(pending_names(driver.exec()) == names{"mutex.lock", "semaphore.acquire", "sleep"});
    held.unlock();
    s.release(2);
    CHECK(pending_names(driver.exec()) == names{"sleep"});
    CHECK(driver.exec().timers().size() == 2);
    driver.advance(1h);
    CHECK(pending_names(driver.exec()).empty());
    driver.settle();
    CHECK(driver.exec().timers().empty());
    CHECK((a.done() && b.done() && c.done() && d.done() && f.done()));

    q.try_push(1);
    support::root<> g(driver.exec(), [](co::queue<int>& x) -> co::task<> { co_await x.push(2); }(q));
    driver.settle();
    CHECK(pending_names(driver.exec()) == names{"queue.push"});
    q.close();
    CHECK(pending_names(driver.exec()).empty());
    driver.settle();
    CHECK(g.done());
}

TEST_CASE("executor: the waiter of a pending operation leads back to the root", "[async][executor]") {
    support::virtual_driver driver;
    co::event e;
    const auto inner = [](co::event& x) -> co::task<> { co_await x.wait(); };
    const auto outer = [&]() -> co::task<> { co_await inner(e); };
    support::root<> r(driver.exec(), outer());
    driver.settle();
    const co::operation_base* waiting = nullptr;
    driver.exec().for_each_pending([&](const co::operation_base& one) { waiting = &one; });
    REQUIRE(waiting != nullptr);
    const co::operation_base& op = *waiting;
    REQUIRE(op.waiter() != nullptr);
    CHECK(op.waiter()->on_final == nullptr);
    const co::promise_base* up = op.waiter()->continuation;
    REQUIRE(up != nullptr);
    CHECK(up->on_final != nullptr);
    CHECK(op.descriptor() == -1);
#ifdef COHORT_DEBUG
    CHECK(std::string(op.waiter()->file).find("executor.test.cpp") != std::string::npos);
    CHECK(op.waiter()->line > 0);
    CHECK(up->line == op.waiter()->line + 1);
#endif
    e.set();
    driver.settle();
    CHECK(r.done());
}

TEST_CASE("executor: turn hooks run once at the end of a turn", "[async][executor]") {
    co::executor exec;
    std::vector<int> log;
    recorder a(log, 1), b(log, 2), c(log, 3);
    CHECK(!exec.run_turn_hooks());
    exec.at_turn_end(a);
    exec.at_turn_end(b);
    exec.at_turn_end(a);
    exec.at_turn_end(c);
    c.cancel();
    CHECK(!c.scheduled());
    CHECK(exec.run_turn_hooks());
    CHECK(log.size() == 2);
    CHECK(!exec.has_turn_hooks());

    log.clear();
    a.again = &exec;  // a hook that asks for itself runs in the next turn, not in this one
    exec.at_turn_end(a);
    exec.run_turn_hooks();
    CHECK(log == std::vector<int>{1});
    CHECK(exec.has_turn_hooks());
    a.again = nullptr;
    exec.run_turn_hooks();
    CHECK(log == std::vector<int>{1, 1});
    {
        recorder short_lived(log, 4);
        exec.at_turn_end(short_lived);
    }
    CHECK(!exec.has_turn_hooks());
}

TEST_CASE("executor: the driver reports a deadlock with the operations that wait", "[async][executor]") {
    CHECK_THROWS_WITH(support::drive([]() -> co::task<> {
        co::queue<int> q(1);
        co_await q.pop();
    }), "deadlock: the executor is idle and the task waits for queue.pop");
}

TEST_CASE("executor: deadlines saturate", "[async][executor]") {
    co::executor exec([]() noexcept -> co::executor::nanoseconds { return 1000; });
    CHECK(exec.deadline_after(5) == 1005);
    CHECK(exec.deadline_after(-5) == 995);
    CHECK(exec.deadline_after(INT64_MAX) == INT64_MAX);
    CHECK(co::to_nanoseconds(std::chrono::hours::max()) == INT64_MAX);
    CHECK(co::to_nanoseconds(std::chrono::hours::min()) == INT64_MIN);
    CHECK(co::to_nanoseconds(std::chrono::duration<double>(1.5e-9)) == 2);
    CHECK(co::to_nanoseconds(3s) == 3'000'000'000);
    CHECK(co::to_nanoseconds(-3s) == -3'000'000'000);
    CHECK(co::to_nanoseconds(std::chrono::duration<std::uint64_t, std::milli>(UINT64_MAX)) == INT64_MAX);
    CHECK(co::to_nanoseconds(std::chrono::duration<std::uint64_t, std::nano>(UINT64_MAX)) == INT64_MAX);
    CHECK(co::to_nanoseconds(std::chrono::duration<int, std::pico>(1001)) == 2);
    CHECK(co::to_nanoseconds(std::chrono::duration<int, std::pico>(-1001)) == -1);
    using third = std::chrono::duration<std::int64_t, std::ratio<1, 3>>;
    CHECK(co::to_nanoseconds(third(1)) == 333'333'334);
    CHECK(co::to_nanoseconds(third(27'000'000'000)) == 9'000'000'000'000'000'000);
    CHECK(co::to_nanoseconds(third(-27'000'000'000)) == -9'000'000'000'000'000'000);
    CHECK(co::to_nanoseconds(third::max()) == INT64_MAX);
    CHECK(co::to_nanoseconds(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())) == INT64_MAX);
}
