// Signals as every platform has them. What POSIX adds is in signals_posix.test.cpp.
#include "support/cancellation.hpp"
#include "support/loop_driver.hpp"
#include "support/test.hpp"

#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/reactor/signals.hpp>
#include <cohort/sys/fault.hpp>
#include <cohort/sys/signal.hpp>
#include <cohort/sys/signal_name.hpp>

#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

/// Has this process get a signal.
void send(int sig) { REQUIRE(co::sys::raise(sig)); }

}  // namespace

TEST_CASE("SIGINT and SIGTERM are awaited, before and after they came") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        co::signal_set set(SIGINT, SIGTERM);
        send(SIGTERM);
        const int first = co_await set.next();
        CHECK(first == SIGTERM);
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([](co::signal_set& from) -> co::task<> {
                const int second = co_await from.next();
                CHECK(second == SIGINT);
            }, std::ref(set));
            co_await co::sleep(1ms);
            send(SIGINT);
        });
    };
    loop.run(main());
}

TEST_CASE("distinct signals are all told, several arrivals of one count once, on every platform") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        co::signal_set set(SIGINT, SIGTERM, SIGHUP);
        const std::set<int> sent{SIGINT, SIGTERM, SIGHUP};
        for (int i = 0; i < 3; ++i)
            for (const int sig : sent) send(sig);
        std::set<int> got;
        for (std::size_t i = 0; i < sent.size(); ++i) {
            const int sig = co_await set.next();
            CHECK(got.insert(sig).second);
        }
        CHECK(got == sent);
        send(SIGHUP);
        const int again = co_await set.next();
        CHECK(again == SIGHUP);
    };
    loop.run(main());
}

TEST_CASE("each set that names a signal is told, and one that has gone is not") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        co::signal_set one(SIGINT);
        co::signal_set two(SIGINT, SIGHUP);
        {
            co::signal_set third(SIGINT);
            send(SIGINT);
            const int sig = co_await third.next();
            CHECK(sig == SIGINT);
        }
        const int first = co_await one.next();
        const int second = co_await two.next();
        CHECK(first == SIGINT);
        CHECK(second == SIGINT);
        send(SIGHUP);
        const int other = co_await two.next();
        CHECK(other == SIGHUP);
    };
    loop.run(main());
}

TEST_CASE("signals from another thread: none is lost that nothing follows") {
    co::loop loop;
    std::atomic<bool> stop{false};
    std::thread storm;
    const auto main = [&]() -> co::task<> {
        co::signal_set set(SIGINT, SIGTERM);
        storm = std::thread([&] {
            while (!stop) {
                static_cast<void>(co::sys::raise(SIGINT));
                std::this_thread::yield();
            }
            static_cast<void>(co::sys::raise(SIGTERM));
        });
        int seen = 0;
        for (;;) {
            const int sig = co_await set.next();
            if (sig == SIGINT && ++seen == 200) stop = true;
            if (sig == SIGTERM) break;
        }
        CHECK(seen >= 200);
        storm.join();
    };
    loop.run(main());
}

TEST_CASE("what is no signal and what cannot be handled is refused") {
    CHECK_THROWS_AS(co::signal_set(0), co::error);
    CHECK_THROWS_AS(co::signal_set(65), co::error);
    CHECK_THROWS_AS(co::signal_set(-1), co::error);
    try {
        co::signal_set set(SIGINT, SIGKILL, SIGTERM);
        FAIL("no error");
    } catch (const co::error& e) {
        CHECK(e.code() == std::errc::invalid_argument);
        CHECK_THAT(e.what(), Catch::Matchers::ContainsSubstring(" \"SIGKILL\": "));
    }
}

TEST_CASE("a signal that is not awaited to its end stays pending, on every platform") {
    struct state {
        co::signal_set set{SIGINT};
        int sent = 0;
        int taken = 0;
    };
    support::cancellation_traits traits;
    traits.synchronous = false;
    traits.shared = false;
    support::check_cancellation<state, support::loop_driver<>>(
        "signal_set.next",
        [](state& s) -> co::task<> {
            const int sig = co_await s.set.next();
            CHECK(sig == SIGINT);
            ++s.taken;
        },
        [](state& s) {
            ++s.sent;
            send(SIGINT);
        },
        [](state& s) { return s.sent - s.taken; }, traits);
}
