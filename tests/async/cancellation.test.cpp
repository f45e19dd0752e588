// Every awaitable of the floor through the generic suite of support/cancellation.hpp.
#include "support/cancellation.hpp"

#include <cohort/async.hpp>

#include <optional>

using namespace std::chrono_literals;
namespace co = cohort;
using support::check_cancellation;

namespace {

struct queue_state {
    co::queue<int> q{4};
};
constexpr auto offer_seven = [](queue_state& s) { s.q.try_push(7); };
constexpr auto left_in_queue = [](queue_state& s) { return s.q.size(); };

co::task<int> pop_one(queue_state& s) {
    auto x = co_await s.q.pop();
    co_return x.value();
}

int value_or_throw(int x) { return x; }
int value_or_throw(const std::optional<int>& x) { return x.value(); }

/// The value of an attempt; a cancellation goes on as one.
template <class T>
int value_of(const co::result<T>& r) {
    if (r.cancelled()) throw co::cancelled();
    return value_or_throw(r.value());
}

co::task<> never() {
    co::event e;
    co_await e.wait();
}

struct full_queue {
    co::queue<int> q{1};
    full_queue() { q.try_push(0); }
};

struct rendezvous {
    co::queue<int> q{0};
};

struct held_mutex {
    co::mutex m;
    co::mutex::guard held = m.try_lock();
};

struct permits {
    co::semaphore s{0};
};

struct event_state {
    co::event e;
};

struct timed_state {
    explicit timed_state(support::virtual_driver& d) : driver(d) {}
    support::virtual_driver& driver;
};
constexpr auto let_time_pass = [](timed_state& s) { s.driver.advance(10ms); };
constexpr auto nothing_kept = [](auto&) { return 0; };

co::generator<int> popping(queue_state& s) {
    for (;;) {
        auto x = co_await s.q.pop();
        co_yield x.value();
    }
}

}  // namespace

TEST_CASE("cancellation: event.wait", "[async][cancellation]") {
    check_cancellation<event_state>(
        "event.wait",
        [](event_state& s) -> co::task<> {
            co_await s.e.wait();
            s.e.reset();
        },
        [](event_state& s) { s.e.set(); }, [](event_state& s) { return s.e.is_set() ? 1 : 0; });
}

TEST_CASE("cancellation: mutex.lock", "[async][cancellation]") {
    check_cancellation<held_mutex>(
        "mutex.lock",
        [](held_mutex& s) -> co::task<> {
            auto guard = co_await s.m.lock();
            s.held = std::move(guard);
        },
        [](held_mutex& s) { s.held.unlock(); }, [](held_mutex& s) { return s.m.is_locked() ? 0 : 1; });
}

TEST_CASE("cancellation: semaphore.acquire", "[async][cancellation]") {
    check_cancellation<permits>(
        "semaphore.acquire", [](permits& s) -> co::task<> { co_await s.s.acquire(); },
        [](permits& s) { s.s.release(); }, [](permits& s) { return s.s.available(); });
    check_cancellation<permits>(
        "semaphore.acquire(3)", [](permits& s) -> co::task<> { co_await s.s.acquire(3); },
        [](permits& s) { s.s.release(3); }, [](permits& s) { return s.s.available() / 3; });
}

TEST_CASE("cancellation: queue.pop", "[async][cancellation]") {
    check_cancellation<queue_state>(
        "queue.pop",
        [](queue_state& s) -> co::task<> {
            auto x = co_await s.q.pop();
            CHECK(x == 7);
        },
        offer_seven, left_in_queue);
}

TEST_CASE("cancellation: queue.push", "[async][cancellation]") {
    constexpr auto make_room = [](full_queue& s) { CHECK(s.q.try_pop()); };
    constexpr auto room = [](full_queue& s) { return s.q.capacity() - s.q.size(); };
    check_cancellation<full_queue>(
        "queue.push of a copy",
        [](full_queue& s) -> co::task<> {
            const int value = 5;
            const bool accepted = co_await s.q.push(value);
            CHECK(accepted);
        },
        make_room, room);
    check_cancellation<full_queue>(
        "queue.push of an rvalue", [](full_queue& s) -> co::task<> { co_await s.q.push(5); }, make_room, room);
    check_cancellation<rendezvous>(
        "queue.push without a buffer", [](rendezvous& s) -> co::task<> { co_await s.q.push(5); },
        [](rendezvous& s) { CHECK(s.q.try_pop().value_or(5) == 5); }, nothing_kept, {.latched = false, .shared = false});
}

TEST_CASE("cancellation: sleep", "[async][cancellation]") {
    check_cancellation<timed_state>(
        "sleep", [](timed_state&) -> co::task<> { co_await co::sleep(10ms); }, let_time_pass, nothing_kept,
        {.latched = false, .shared = true});
    check_cancellation<timed_state>(
        "sleep_until",
        [](timed_state& s) -> co::task<> {
            co_await co::sleep_until(co::executor::clock::time_point(std::chrono::nanoseconds(s.driver.clock() + 1)));
        },
        let_time_pass, nothing_kept, {.latched = false, .shared = true});
}

TEST_CASE("cancellation: generator.next", "[async][cancellation]") {
    struct state : queue_state {
        std::optional<co::generator<int>> numbers;
    };
    check_cancellation<state>(
        "generator.next",
        [](state& s) -> co::task<> {
            if (!s.numbers) s.numbers.emplace(popping(s));
            std::optional<int> x;
            try {
                auto next = co_await s.numbers->next();
                x = next;
            } catch (const co::cancelled&) {
                s.numbers.reset();
                throw;
            }
            CHECK(x == 7);
        },
        offer_seven, left_in_queue, {.shared = false});
}

TEST_CASE("cancellation: task", "[async][cancellation]") {
    check_cancellation<queue_state>(
        "task",
        [](queue_state& s) -> co::task<> {
            const int x = co_await pop_one(s);
            CHECK(x == 7);
        },
        offer_seven, left_in_queue);
}

TEST_CASE("cancellation: attempt", "[async][cancellation]") {
    check_cancellation<queue_state>(
        "attempt(operation)",
        [](queue_state& s) -> co::task<> {
            auto r = co_await co::attempt(s.q.pop());
            const int x = value_of(r);
            CHECK(x == 7);
        },
        offer_seven, left_in_queue);
    check_cancellation<queue_state>(
        "attempt(task)",
        [](queue_state& s) -> co::task<> {
            auto r = co_await co::attempt(pop_one(s));
            const int x = value_of(r);
            CHECK(x == 7);
        },
        offer_seven, left_in_queue);
}

TEST_CASE("cancellation: timeout", "[async][cancellation]") {
    check_cancellation<queue_state>(
        "timeout(operation)",
        [](queue_state& s) -> co::task<> {
            auto x = co_await co::timeout(1h, s.q.pop());
            CHECK(!x.timed_out());
            CHECK(*x == 7);
        },
        offer_seven, left_in_queue);
    check_cancellation<queue_state>(
        "timeout(timeout(task))",
        [](queue_state& s) -> co::task<> {
            auto x = co_await co::timeout(2h, co::timeout(1h, pop_one(s)));
            CHECK(**x == 7);
        },
        offer_seven, left_in_queue);
    check_cancellation<timed_state>(
        "a timeout that fires",
        [](timed_state&) -> co::task<> {
            auto in_time = co_await co::timeout(10ms, never());
            CHECK(!in_time);
            CHECK(in_time.timed_out());
        },
        let_time_pass, nothing_kept, {.latched = false});
}

TEST_CASE("cancellation: when_all", "[async][cancellation]") {
    check_cancellation<queue_state>(
        "when_all",
        [](queue_state& s) -> co::task<> {
            auto all = co_await co::when_all(s.q.pop(), co::attempt(co::yield()));
            CHECK(all.get<0>() == 7);
        },
        offer_seven, left_in_queue);
    check_cancellation<queue_state>(
        "when_all of a vector",
        [](queue_state& s) -> co::task<> {
            std::vector<co::task<int>> tasks;
            tasks.push_back(pop_one(s));
            auto all = co_await co::when_all(std::move(tasks));
            CHECK(all.at(0) == 7);
        },
        offer_seven, left_in_queue);
}

TEST_CASE("cancellation: when_any", "[async][cancellation]") {
    check_cancellation<queue_state>(
        "when_any",
        [](queue_state& s) -> co::task<> {
            auto any = co_await co::when_any(never(), s.q.pop());
            CHECK(any.index() == 1);
            CHECK(any.get<1>() == 7);
        },
        offer_seven, left_in_queue);
    check_cancellation<queue_state>(
        "when_any of a vector",
        [](queue_state& s) -> co::task<> {
            std::vector<co::task<int>> tasks;
            tasks.push_back(pop_one(s));
            auto any = co_await co::when_any(std::move(tasks));
            CHECK(any.get() == 7);
        },
        offer_seven, left_in_queue);
}

TEST_CASE("cancellation: scope", "[async][cancellation]") {
    check_cancellation<queue_state>(
        "scope, in the body",
        [](queue_state& s) -> co::task<> {
            const int x = co_await co::scope([&](co::scope_ref) -> co::task<int> { co_return co_await pop_one(s); });
            CHECK(x == 7);
        },
        offer_seven, left_in_queue);
    check_cancellation<queue_state>(
        "scope, at the join",
        [](queue_state& s) -> co::task<> {
            int x = 0;
            co_await co::scope([&](co::scope_ref in) -> co::task<> {
                in.spawn([&]() -> co::task<> { x = co_await pop_one(s); });
                co_return;
            });
            CHECK(x == 7);
        },
        offer_seven, left_in_queue);
}

TEST_CASE("cancellation: yield", "[async][cancellation]") {
    support::virtual_driver driver;
    const auto twice = []() -> co::task<> {
        co_await co::yield();
        co_await co::yield();
    };
    SECTION("before the start") {
        support::root<> r(driver.exec(), twice());
        r.stop();
        driver.settle();
        CHECK(r.was_cancelled());
    }
    SECTION("in the ready queue") {
        support::root<> r(driver.exec(), twice());
        CHECK(driver.step());
        CHECK(!r.done());
        r.stop();
        CHECK(driver.step());
        CHECK(r.done());
        CHECK(r.was_cancelled());
    }
    SECTION("not at all") {
        support::root<> r(driver.exec(), twice());
        driver.settle();
        CHECK(r.done());
        CHECK(!r.error());
    }
}

TEST_CASE("cancellation: shield is not cancelled", "[async][cancellation]") {
    support::virtual_driver driver;
    queue_state s;
    bool cleaned_up = false;
    const auto body = [&]() -> co::task<> {
        const int x = co_await co::shield(pop_one(s));
        CHECK(x == 7);
        auto y = co_await co::shield(s.q.pop());
        CHECK(y == 7);
        cleaned_up = true;
        co_await co::yield();
    };
    support::root<> r(driver.exec(), body());
    SECTION("stopped before it starts") { r.stop(); }
    SECTION("stopped in flight") {
        driver.settle();
        r.stop();
    }
    driver.settle();
    CHECK(!r.done());
    offer_seven(s);
    driver.settle();
    CHECK(!r.done());
    CHECK(!cleaned_up);
    offer_seven(s);
    driver.settle();
    REQUIRE(r.done());
    CHECK(cleaned_up);
    CHECK(r.was_cancelled());  // by the next operation, which is not shielded
    CHECK(s.q.size() == 0);
}
