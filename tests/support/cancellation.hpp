#pragma once
#include "support/drive.hpp"
#include "support/test.hpp"

#include <memory>
#include <string>

namespace support {

/// How an awaitable differs from one that takes something from a shared object that its completer puts there at once.
struct cancellation_traits {
    bool latched = true;      ///< a completion that nobody waited for serves the next one (not so for a timer)
    bool synchronous = true;  ///< completing makes the waiter ready at once; false if the loop has to see an event first
    bool shared = true;       ///< several may wait at once and one completion serves one or all of them
};

/// Takes one kind of awaitable through all ways in which a cancellation can meet its completion, each with a fresh
/// state:
///
///   await(state)      a `task<>` that awaits once, checks the value that it got, and throws `cancelled` if cancelled
///   complete(state)   lets one await complete
///   available(state)  how many completions are left that no await has used: 0 at first, 1 after `complete`
///
///     struct popping { cohort::queue<int> q{4}; };
///     check_cancellation<popping>("queue.pop",
///         [](popping& s) -> cohort::task<> { auto x = co_await s.q.pop(); CHECK(x == 7); },
///         [](popping& s) { s.q.try_push(7); },
///         [](popping& s) { return s.q.size(); });
///
/// `Driver` supplies `exec()` and `settle()`, which runs the executor until nothing more happens without outside
/// events. A `State` is made from a `Driver&` or from nothing.
template <class State, class Driver = virtual_driver, class Await, class Complete, class Available>
void check_cancellation(const std::string& name, Await await, Complete complete, Available available,
                        cancellation_traits traits = {}) {
    struct setting {
        Driver driver;
        std::unique_ptr<State> state;
        setting() {
            if constexpr (std::is_constructible_v<State, Driver&>) state = std::make_unique<State>(driver);
            else state = std::make_unique<State>();
        }
    };

    // What every path has to end with: the state is as good as new, one await after one completion goes through.
    const auto works_again = [&](setting& s) {
        root<> again(s.driver.exec(), await(*s.state));
        s.driver.settle();
        if (!again.done()) {
            complete(*s.state);
            s.driver.settle();
        }
        CHECK(again.done());
        if (again.done()) CHECK(!again.error());
        else again.stop(), s.driver.settle();
        CHECK(std::size_t(available(*s.state)) == 0);
        CHECK(pending_names(s.driver.exec()).empty());
        CHECK(s.driver.exec().timers().empty());
    };

    INFO("awaitable: " << name);
    {
        INFO("cancelled before it starts, with a completion at hand");
        setting s;
        if (traits.latched) complete(*s.state);
        root<> r(s.driver.exec(), await(*s.state));
        r.stop();
        s.driver.settle();
        REQUIRE(r.done());
        CHECK(r.was_cancelled());
        if (traits.latched) CHECK(std::size_t(available(*s.state)) == 1);
        works_again(s);
    }
    {
        INFO("cancelled before it starts, with nothing at hand");
        setting s;
        root<> r(s.driver.exec(), await(*s.state));
        r.stop();
        s.driver.settle();
        REQUIRE(r.done());
        CHECK(r.was_cancelled());
        CHECK(std::size_t(available(*s.state)) == 0);
        works_again(s);
    }
    {
        INFO("cancelled in flight, twice");
        setting s;
        root<> r(s.driver.exec(), await(*s.state));
        s.driver.settle();
        REQUIRE(!r.done());
        r.stop();
        r.stop();
        s.driver.settle();
        REQUIRE(r.done());
        CHECK(r.was_cancelled());
        CHECK(std::size_t(available(*s.state)) == 0);
        works_again(s);
    }
    {
        INFO("completed, then cancelled before the coroutine goes on");
        setting s;
        root<> r(s.driver.exec(), await(*s.state));
        s.driver.settle();
        REQUIRE(!r.done());
        complete(*s.state);
        r.stop();
        s.driver.settle();
        REQUIRE(r.done());
        if (traits.synchronous) CHECK(!r.error());
        else CHECK((!r.error() || r.was_cancelled()));
        if (traits.latched) CHECK(std::size_t(available(*s.state)) == (r.error() ? 1 : 0));
        works_again(s);
    }
    {
        INFO("cancelled, then completed before the coroutine goes on");
        setting s;
        root<> r(s.driver.exec(), await(*s.state));
        s.driver.settle();
        REQUIRE(!r.done());
        r.stop();
        complete(*s.state);
        r.stop();
        s.driver.settle();
        REQUIRE(r.done());
        CHECK(r.was_cancelled());
        if (traits.latched) CHECK(std::size_t(available(*s.state)) == 1);
        works_again(s);
    }
    {
        INFO("not cancelled although it could have been");
        setting s;
        root<> r(s.driver.exec(), await(*s.state));
        s.driver.settle();
        complete(*s.state);
        // What another process completes may reach the loop a moment later.
        if constexpr (requires { s.driver.finish(r); }) s.driver.finish(r);
        else s.driver.settle();
        REQUIRE(r.done());
        CHECK(!r.error());
        r.stop();
        works_again(s);
    }
    if (traits.shared) {
        INFO("the first of two that wait is cancelled");
        setting s;
        root<> first(s.driver.exec(), await(*s.state));
        root<> second(s.driver.exec(), await(*s.state));
        s.driver.settle();
        first.stop();
        complete(*s.state);
        s.driver.settle();
        REQUIRE(first.done());
        CHECK(first.was_cancelled());
        CHECK(second.done());
        if (!second.done()) second.stop(), s.driver.settle();
        CHECK(!second.error());
        works_again(s);
    }
}

}  // namespace support
