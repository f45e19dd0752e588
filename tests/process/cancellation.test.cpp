#include "tools.hpp"
#include "support/cancellation.hpp"
#include "support/loop_driver.hpp"

#include <cohort/async/error.hpp>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

/// A child that waits for its input to end.
struct waiting_child {
    explicit waiting_child(support::loop_driver<>& driver) {
        support::root<> start(driver.exec(), begin());
        driver.settle();
        REQUIRE(start.done());
    }
    co::task<> begin() { child = co_await self_command("cat").in(co::pipe).out(co::null).spawn(); }

    void finish() {
        if (finished) return;
        finished = true;
        unused = 1;
        const int pid = child.pid();
        child.in().close();
        REQUIRE(support::eventually([&] { return has_ended(pid); }));
    }

    co::child child;
    bool finished = false;
    int unused = 0;
};

}  // namespace

TEST_CASE("cancellation: wait") {
    support::cancellation_traits traits;
    traits.synchronous = false;
    support::check_cancellation<waiting_child, support::loop_driver<>>(
        "child.wait",
        [](waiting_child& s) -> co::task<> {
            const co::exit_status status = co_await s.child.wait();
            CHECK(status.ok());
            s.unused = 0;
        },
        [](waiting_child& s) { s.finish(); }, [](waiting_child& s) { return s.unused; }, traits);
}

TEST_CASE("cancellation: spawn starts nothing, or gives the child") {
    support::loop_driver<> driver;
    int pid = 0;
    const auto spawning = [](int& number) -> co::task<> {
        co::child c = co_await self_command("exit").spawn();
        number = c.pid();
    };
    {
        support::root<> before(driver.exec(), spawning(pid));
        before.stop();
        driver.settle();
        REQUIRE(before.done());
        CHECK(before.was_cancelled());
        CHECK(pid == 0);
        CHECK(support::child_processes().empty());
    }
    {
        support::root<> after(driver.exec(), spawning(pid));
        driver.settle();
        after.stop();
        REQUIRE(after.done());
        CHECK(!after.error());
        CHECK(pid != 0);
    }
}

TEST_CASE("cancellation: output before it starts, in flight and after its end") {
    support::loop_driver<> driver;
    const auto running = [](std::string role) -> co::task<> {
        auto done = co_await self_command(role, "out").output();
        CHECK(done.out() == "out");
    };
    {
        support::root<> before(driver.exec(), running("say"));
        before.stop();
        driver.settle();
        REQUIRE(before.done());
        CHECK(before.was_cancelled());
        CHECK(support::child_processes().empty());
    }
    {
        support::root<> during(driver.exec(), running("ready"));
        driver.settle();
        CHECK(!during.done());
        CHECK(support::child_processes().size() == 1);
        during.stop();
        during.stop();
        driver.settle();
        REQUIRE(during.done());
        CHECK(during.was_cancelled());
    }
    // Its process belongs to the loop now, whose end waits for it.
    {
        support::root<> racing(driver.exec(), running("say"));
        driver.settle();
        // Unless all of it has been seen by now, its end is there and has not been taken.
        REQUIRE(support::eventually([&] {
            for (const auto& one : support::child_processes())
                if (!has_ended(one.pid())) return false;
            return true;
        }));
        const bool was_done = racing.done();
        racing.stop();
        driver.settle();
        REQUIRE(racing.done());
        CHECK(racing.was_cancelled() == !was_done);
    }
    {
        support::root<> whole(driver.exec(), running("say"));
        REQUIRE(support::eventually([&] {
            driver.settle();
            return whole.done();
        }));
        CHECK(!whole.error());
    }
}

TEST_CASE("cancellation: stop") {
    support::loop_driver<> driver;
    waiting_child state(driver);
    const int pid = state.child.pid();
    const auto stopping = [](co::child& c) -> co::task<> {
        const co::exit_status status = co_await c.stop();
        CHECK(status.signal() == SIGTERM);
    };
    support::root<> during(driver.exec(), stopping(state.child));
    driver.exec().run_ready(2);  // the stop has begun
    during.stop();
    driver.settle();
    REQUIRE(during.done());
    CHECK(during.was_cancelled());
    CHECK(support::eventually([&] { return has_ended(pid); }));  // the ladder went on
    support::root<> again(driver.exec(), stopping(state.child));
    driver.settle();
    REQUIRE(again.done());
    CHECK(!again.error());
}
