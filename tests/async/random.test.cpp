// Random use with random cancellations: nothing lost, nothing twice, everything in order. The seed is in the message of
// a failure; COHORT_TEST_SEED repeats it.
#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async.hpp>

#include <cstdlib>
#include <memory>
#include <random>
#include <set>

using namespace std::chrono_literals;
namespace co = cohort;

namespace {

unsigned first_seed() {
    const char* given = std::getenv("COHORT_TEST_SEED");
    return given ? unsigned(std::strtoul(given, nullptr, 10)) : std::random_device()();
}

/// Actors on one executor, stopped at random between any two steps.
class play {
public:
    explicit play(unsigned seed) : random_(seed) {}

    unsigned below(unsigned n) { return unsigned(random_() % n); }
    bool one_in(unsigned n) { return below(n) == 0; }
    co::executor& exec() { return driver_.exec(); }

    std::size_t add(co::task<> body) {
        actors_.push_back(std::make_unique<support::root<>>(driver_.exec(), std::move(body)));
        return actors_.size() - 1;
    }

    /// Runs all to their end; one step in `stop_one_in` stops an actor, unless `spared` says no.
    template <class Spared>
    void run(unsigned stop_one_in, Spared spared) {
        for (;;) {
            if (one_in(stop_one_in)) {
                const std::size_t victim = below(unsigned(actors_.size()));
                if (!spared(victim)) actors_[victim]->stop();
            }
            if (driver_.step()) continue;
            if (driver_.advance_to_timer()) continue;
            bool all_done = true;
            for (auto& a : actors_) all_done = all_done && a->done();
            if (all_done) break;
            for (auto& a : actors_) a->stop();
            driver_.settle();
            FAIL("deadlock");
        }
        for (auto& a : actors_)
            if (a->error()) CHECK(a->was_cancelled());
        CHECK(support::pending_names(driver_.exec()).empty());
        CHECK(driver_.exec().timers().empty());
    }

    co::task<> dawdle() {
        switch (below(4)) {
            case 0: co_await co::yield(); break;
            case 1: co_await co::sleep(std::chrono::microseconds(below(20))); break;
            default: break;
        }
    }

    std::chrono::microseconds patience() { return std::chrono::microseconds(below(15)); }

private:
    std::mt19937 random_;
    support::virtual_driver driver_;
    std::vector<std::unique_ptr<support::root<>>> actors_;
};

struct parcel {
    unsigned producer = 0;
    unsigned number = 0;
    unsigned ticket = 0;  // the order in which pushes began
    std::unique_ptr<int> weight = std::make_unique<int>(1);
};

struct depot {
    depot(play& p, std::size_t capacity) : stage(p), q(capacity) {}
    play& stage;
    co::queue<parcel> q;
    unsigned tickets = 0;
    unsigned producers_left = 0;
    std::vector<unsigned> sent;                    // by producer: how many its pushes accepted
    std::vector<std::vector<unsigned>> received;   // by producer: the numbers, in any order
};

struct leaving {
    explicit leaving(depot& from) : d(from) {}
    ~leaving() {
        if (--d.producers_left == 0) d.q.close();
    }
    depot& d;
};

co::task<> produce(depot& d, unsigned me, unsigned count) {
    leaving at_end(d);
    parcel p;
    p.producer = me;
    while (p.number < count) {
        co_await d.stage.dawdle();
        p.ticket = d.tickets++;
        bool accepted = false;
        switch (d.stage.below(3)) {
            case 0: accepted = co_await d.q.push(std::move(p)); break;
            case 1: {
                auto outcome = co_await co::timeout(d.stage.patience(), d.q.push(std::move(p)));
                accepted = outcome && *outcome;
                break;
            }
            default: accepted = d.q.try_push(std::move(p)); break;
        }
        CHECK(accepted == (p.weight == nullptr));
        if (!accepted) continue;
        p.weight = std::make_unique<int>(1);
        ++p.number;
        ++d.sent[me];
    }
}

co::task<> consume(depot& d) {
    unsigned last_ticket = 0;
    bool any = false;
    for (;;) {
        co_await d.stage.dawdle();
        std::optional<parcel> got;
        switch (d.stage.below(4)) {
            case 0: {
                auto next = co_await d.q.pop();
                if (!next) co_return;
                got = std::move(next);
                break;
            }
            case 1: {
                auto next = co_await co::timeout(d.stage.patience(), d.q.pop());
                if (!next && !next.timed_out()) co_return;
                if (next) got = *std::move(next);
                break;
            }
            case 2: {
                auto first = co_await co::when_any(d.q.pop(), co::sleep(d.stage.patience()));
                if (first.has<0>()) {
                    got = std::move(first).get<0>();
                    if (!got) co_return;
                }
                break;
            }
            default: got = d.q.try_pop(); break;
        }
        if (!got) continue;
        CHECK(got->weight);
        if (any) CHECK(got->ticket > last_ticket);
        last_ticket = got->ticket;
        any = true;
        d.received[got->producer].push_back(got->number);
    }
}

}  // namespace

TEST_CASE("random: a queue loses nothing, doubles nothing and keeps the order", "[async][random]") {
    unsigned seed = first_seed();
    for (int round = 0; round < 60; ++round, ++seed) {
        INFO("COHORT_TEST_SEED=" << seed);
        play stage(seed);
        depot d(stage, stage.below(5));
        const unsigned producers = 1 + stage.below(6);
        const unsigned consumers = 1 + stage.below(4);
        d.producers_left = producers;
        d.sent.resize(producers);
        d.received.resize(producers);
        for (unsigned i = 0; i < producers; ++i) stage.add(produce(d, i, 50));
        for (unsigned i = 0; i < consumers; ++i) stage.add(consume(d));
        const std::size_t last_consumer = producers + consumers - 1;
        const bool harmless = stage.one_in(3);
        stage.run(harmless ? 1'000'000'000 : 200, [&](std::size_t who) { return who == last_consumer; });
        CHECK(d.q.empty());
        for (unsigned i = 0; i < producers; ++i) {
            if (harmless) CHECK(d.sent[i] == 50);
            const std::set<unsigned> numbers(d.received[i].begin(), d.received[i].end());
            CHECK(numbers.size() == d.received[i].size());
            CHECK(numbers.size() == d.sent[i]);
            if (!numbers.empty()) CHECK(*numbers.rbegin() == d.sent[i] - 1);
        }
    }
}

namespace {

struct pool_of_permits {
    pool_of_permits(play& p, std::size_t n) : stage(p), permits(n), total(n) {}
    play& stage;
    co::semaphore permits;
    std::size_t total;
    std::size_t in_use = 0;
    unsigned grants = 0;
};

struct holding {
    holding(pool_of_permits& p, std::size_t n) : pool(p), count(n) {
        pool.in_use += count;
        ++pool.grants;
        CHECK(pool.in_use <= pool.total);
    }
    ~holding() {
        pool.in_use -= count;
        pool.permits.release(count);
    }
    pool_of_permits& pool;
    std::size_t count;
};

co::task<> use_permits(pool_of_permits& p, unsigned times) {
    for (unsigned i = 0; i < times; ++i) {
        const std::size_t wanted = p.stage.below(unsigned(p.total) + 1);
        if (p.stage.one_in(2)) {
            auto in_time = co_await co::timeout(p.stage.patience(), p.permits.acquire(wanted));
            if (!in_time) continue;
        } else {
            co_await p.permits.acquire(wanted);
        }
        holding h(p, wanted);
        co_await p.stage.dawdle();
    }
}

struct critical {
    explicit critical(play& p) : stage(p) {}
    play& stage;
    co::mutex m;
    unsigned tickets = 0;
    unsigned last_ticket = 0;
    bool inside = false;
    unsigned entered = 0;
};

struct inside_flag {
    explicit inside_flag(bool& f) : flag(f) {
        CHECK(!flag);
        flag = true;
    }
    ~inside_flag() { flag = false; }
    bool& flag;
};

co::task<> enter(critical& c, unsigned times) {
    for (unsigned i = 0; i < times; ++i) {
        const unsigned ticket = ++c.tickets;
        co::mutex::guard guard;
        if (c.stage.one_in(2)) {
            auto locked = co_await co::timeout(c.stage.patience(), c.m.lock());
            if (!locked) continue;
            guard = *std::move(locked);
        } else {
            auto locked = co_await c.m.lock();
            guard = std::move(locked);
        }
        inside_flag f(c.inside);
        CHECK(ticket > c.last_ticket);
        c.last_ticket = ticket;
        ++c.entered;
        co_await c.stage.dawdle();
    }
}

}  // namespace

TEST_CASE("random: a semaphore conserves its permits", "[async][random]") {
    unsigned seed = first_seed();
    for (int round = 0; round < 60; ++round, ++seed) {
        INFO("COHORT_TEST_SEED=" << seed);
        play stage(seed);
        pool_of_permits p(stage, 1 + stage.below(6));
        for (int i = 0; i < 10; ++i) stage.add(use_permits(p, 40));
        stage.run(300, [](std::size_t) { return false; });
        CHECK(p.in_use == 0);
        CHECK(p.permits.available() == p.total);
        CHECK(p.grants > 0);
    }
}

TEST_CASE("random: a mutex admits one at a time, in order", "[async][random]") {
    unsigned seed = first_seed();
    for (int round = 0; round < 60; ++round, ++seed) {
        INFO("COHORT_TEST_SEED=" << seed);
        play stage(seed);
        critical c(stage);
        for (int i = 0; i < 10; ++i) stage.add(enter(c, 40));
        stage.run(300, [](std::size_t) { return false; });
        CHECK(!c.m.is_locked());
        CHECK(!c.inside);
        CHECK(c.entered > 0);
    }
}
