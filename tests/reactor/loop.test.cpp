#include "backends.hpp"
#include "support/gated_child.hpp"

#include <cohort/async/event.hpp>
#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/async/timeout.hpp>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

TEMPLATE_TEST_CASE("run gives the main task's value or failure", "", BACKENDS) {
    TestType loop;
    CHECK(TestType::current() == nullptr);
    const auto seven = []() -> co::task<int> {
        CHECK(TestType::current() != nullptr);
        co_return 7;
    };
    CHECK(loop.run(seven()) == 7);
    CHECK(TestType::current() == nullptr);
    const auto fails = []() -> co::task<> {
        co_await co::yield();
        throw std::runtime_error("no");
    };
    CHECK_THROWS_AS(loop.run(fails()), std::runtime_error);
    CHECK(loop.run(seven()) == 7);  // a loop runs as often as one likes
}

TEMPLATE_TEST_CASE("eight threads post 100,000 calls, none is lost and each thread's come in order", "", BACKENDS) {
    constexpr int threads = 8;
    const int each = 100'000 / threads / (support::time_factor() > 1 ? 5 : 1);
    TestType loop;
    co::event all;
    std::size_t arrived = 0;  // the loop's thread alone touches these
    std::vector<int> last(threads, -1);
    bool ordered = true;
    std::vector<std::thread> posters;
    const auto main = [&]() -> co::task<> {
        for (int t = 0; t < threads; ++t)
            posters.emplace_back([&, t] {
                for (int i = 0; i < each; ++i) {
                    loop.post([&, t, i] {
                        ordered = ordered && last[std::size_t(t)] == i - 1;
                        last[std::size_t(t)] = i;
                        if (++arrived == std::size_t(threads) * std::size_t(each)) all.set();
                    });
                    if (i % 1000 == 0) std::this_thread::yield();  // let the loop fall asleep now and then
                }
            });
        co_await all.wait();
    };
    loop.run(main());
    for (auto& t : posters) t.join();
    CHECK(arrived == std::size_t(threads) * std::size_t(each));
    CHECK(ordered);
}

TEMPLATE_TEST_CASE("a call posted to a sleeping loop wakes it, again and again", "", BACKENDS) {
    TestType loop;
    TestType other;
    // Two loops in two threads throw a ball: each call is posted to a loop that waits for nothing else.
    const int rounds = 2000;
    std::optional<co::event> here, there;
    here.emplace();
    there.emplace();
    std::atomic<int> throws{0};
    std::thread second([&] {
        other.run([](TestType& back, co::event& ball, co::event& answer, std::atomic<int>& count, int n) -> co::task<> {
            for (int i = 0; i < n; ++i) {
                co_await ball.wait();
                ball.reset();
                ++count;
                back.post([&answer] { answer.set(); });
            }
        }(loop, *there, *here, throws, rounds));
    });
    loop.run([](TestType& to, co::event& ball, co::event& answer, int n) -> co::task<> {
        for (int i = 0; i < n; ++i) {
            to.post([&ball] { ball.set(); });
            co_await answer.wait();
            answer.reset();
        }
    }(other, *there, *here, rounds));
    second.join();
    CHECK(throws == rounds);
}

namespace {
std::vector<std::string> sunk;
void sink(std::exception_ptr thrown) noexcept { sunk.push_back(co::detail::message_of(thrown)); }
}  // namespace

TEMPLATE_TEST_CASE("a posted call that throws is reported, and the others run all the same", "", BACKENDS) {
    sunk.clear();
    TestType loop;
    loop.on_error(&sink);
    int ran = 0;
    co::event last;
    const auto main = [&]() -> co::task<> {
        loop.post([&] { ++ran; });
        loop.post([] { throw std::runtime_error("first"); });
        loop.post([&] { ++ran; });
        loop.post([] { throw std::runtime_error("second"); });
        loop.post([&] { last.set(); });
        co_await last.wait();
    };
    loop.run(main());
    CHECK(ran == 2);
    CHECK(sunk == std::vector<std::string>{"first", "second"});
}

TEST_CASE("calls that were posted to a loop that ends are dropped, not leaked") {
    auto witness = std::make_shared<int>(1);
    {
        co::loop loop;
        loop.post([witness] {});
        loop.post([witness] {});
        CHECK(witness.use_count() == 3);
    }
    CHECK(witness.use_count() == 1);
}

TEMPLATE_TEST_CASE("daemons run until main ends, are stopped and waited for", "", BACKENDS) {
    sunk.clear();
    TestType loop;
    loop.on_error(&sink);
    int ticks = 0;
    bool cleaned = false;
    auto p = pipe_ends<TestType>();
    const auto ticking = [&]() -> co::task<> {
        struct cleaner {
            bool& flag;
            ~cleaner() { flag = true; }
        } at_end{cleaned};
        for (;;) {
            co_await co::sleep(1ms);
            ++ticks;
        }
    };
    const auto reading = [&]() -> co::task<> { static_cast<void>(co_await p.first.text(1)); };
    const auto failing = []() -> co::task<> {
        co_await co::yield();
        throw std::runtime_error("daemon failed");
    };
    const auto main = [&]() -> co::task<int> {
        loop.daemon(ticking());
        loop.daemon(reading());
        loop.daemon(failing());
        CHECK(loop.daemons() == 3);
        co_await co::sleep(10ms);
        CHECK(loop.daemons() == 2);
        co_return ticks;
    };
    CHECK(loop.run(main()) > 0);
    CHECK(cleaned);
    CHECK(loop.daemons() == 0);
    CHECK(sunk == std::vector<std::string>{"daemon failed"});
}

TEMPLATE_TEST_CASE("timers fire in order and not too early", "", BACKENDS) {
    TestType loop;
    std::vector<int> order;
    const auto at = [&](int number, std::chrono::milliseconds when) -> co::task<> {
        const auto before = std::chrono::steady_clock::now();
        co_await co::sleep(when);
        CHECK(std::chrono::steady_clock::now() - before >= when);
        order.push_back(number);
    };
    const auto main = [&]() -> co::task<> {
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn(at(3, 30ms));
            s.spawn(at(1, 5ms));
            s.spawn(at(2, 15ms));
            s.spawn(at(0, 0ms));
            co_return;
        });
    };
    loop.run(main());
    CHECK(order == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("a deadline before all time is due at once") {
    co::loop loop;
    loop.run([]() -> co::task<> {
        co_await co::sleep(std::chrono::nanoseconds::min());
        co_await co::sleep_until(std::chrono::steady_clock::time_point::min());
        const auto late = co_await co::timeout(std::chrono::nanoseconds::min(), co::sleep(1h));
        CHECK(late.timed_out());
    }());
}

TEST_CASE("a wait shorter than a millisecond is not rounded to one") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        // The least of many: the machine may be busy.
        auto best = std::chrono::nanoseconds(1h);
        for (int i = 0; i < 200 && best >= 900us; ++i) {
            const auto before = std::chrono::steady_clock::now();
            co_await co::sleep(100us);
            best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - before);
        }
        CHECK(best >= 100us);
        CHECK(best < 900us);
    };
    loop.run(main());
}

TEST_CASE("a million timers, armed and cancelled") {
    co::loop loop;
    struct silent : co::timer {
        silent() : co::timer([](co::timer&) noexcept {}) {}
    };
    const int count = support::time_factor() > 1 ? 100'000 : 1'000'000;
    std::deque<silent> timers(static_cast<std::size_t>(count));
    const auto now = loop.now();
    for (int i = 0; i < count; ++i)
        loop.timers().arm(timers[std::size_t(i)], now + 1'000'000'000LL * (1 + (i * 7919LL) % count));
    CHECK(loop.timers().size() == std::size_t(count));
    for (int i = 0; i < count; ++i) loop.timers().disarm(timers[std::size_t((i * 104729LL) % count)]);
    for (auto& t : timers) loop.timers().disarm(t);
    CHECK(loop.timers().empty());
    loop.run([]() -> co::task<> { co_await co::sleep(1us); }());
}

TEMPLATE_TEST_CASE("dump says what is pending", "", BACKENDS) {
    support::loop_driver<TestType> d;
    auto p = pipe_ends<TestType>();
    CHECK_THAT(d.loop().dump(), Catch::Matchers::ContainsSubstring("0 waiting"));
    support::root<std::string> r(d.exec(), p.first.text(1));
    const auto sleeper = []() -> co::task<> { co_await co::sleep(1h); };
    support::root<> s(d.exec(), sleeper());
    d.settle();
    const std::string text = d.loop().dump();
    INFO(text);
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring(std::string("(") + TestType::backend_type::name + ")"));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring("2 waiting, 1 timers, 0 daemons"));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring("read on descriptor " + std::to_string(p.first.fd()) + " in "));
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring("sleep in "));
    r.stop();
    s.stop();
    d.settle();
    CHECK_THAT(d.loop().dump(), Catch::Matchers::ContainsSubstring("0 waiting, 0 timers"));
}

TEMPLATE_TEST_CASE("a loop with nothing to do uses no CPU", "", BACKENDS) {
    const bool spinning = GENERATE(false, true);
    TestType loop(spinning ? co::loop_options().spin(50us) : co::loop_options());
    auto p = pipe_ends<TestType>();
    // A hung-up and a readable descriptor that nobody waits for must not wake the loop either.
    auto quiet = socket_ends<TestType>();
    const auto main = [&]() -> co::task<> {
        char byte;
        quiet.second.put("xyz");
        static_cast<void>(co_await quiet.first.read(&byte, 1));
        quiet.second.put("more");
        quiet.second.close();
        const auto before = support::processor_time();
        co_await co::sleep(300ms);
        CHECK(support::processor_time() - before < 15ms * support::time_factor());
    };
    loop.run(main());
}

TEMPLATE_TEST_CASE("a loop's hooks run once at the end of a turn, before it waits", "", BACKENDS) {
    TestType loop;
    struct flush : co::turn_hook {
        flush() : co::turn_hook([](co::turn_hook& h) noexcept { ++static_cast<flush&>(h).runs; }) {}
        int runs = 0;
    } hook;
    const auto main = [&]() -> co::task<> {
        loop.at_turn_end(hook);
        loop.at_turn_end(hook);
        CHECK(hook.runs == 0);
        co_await co::sleep(1ms);  // nothing else would run it
        CHECK(hook.runs == 1);
    };
    loop.run(main());
}
