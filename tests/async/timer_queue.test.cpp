#include "support/test.hpp"

#include <cohort/async/timer_queue.hpp>

#include <map>
#include <memory>
#include <random>

namespace co = cohort;

namespace {

struct recorded : co::timer {
    recorded() : timer(&recorded::fired) {}
    static void fired(co::timer& t) noexcept {
        auto& self = static_cast<recorded&>(t);
        ++self.fires;
        if (self.log) self.log->push_back(self.deadline);
        if (self.rearm_in > 0) self.queue->arm(self, self.deadline += self.rearm_in);
        if (self.kills) self.queue->disarm(*self.kills);
    }
    int fires = 0;
    std::int64_t deadline = 0;
    std::int64_t rearm_in = 0;
    std::vector<std::int64_t>* log = nullptr;
    co::timer_queue* queue = nullptr;
    recorded* kills = nullptr;
};

}  // namespace

TEST_CASE("timer_queue: agrees with a sorted map under random use", "[async][timer_queue]") {
    const unsigned seed = std::random_device()();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return random() % n; };

    co::timer_queue queue;
    std::vector<recorded> timers(200);
    std::vector<std::int64_t> log;
    for (auto& t : timers) t.log = &log;
    std::multimap<std::int64_t, recorded*> model;
    std::int64_t now = 0;
    const auto forget = [&](recorded& t) {
        for (auto i = model.begin(); i != model.end(); ++i)
            if (i->second == &t) {
                model.erase(i);
                return;
            }
    };
    for (int step = 0; step < 20'000; ++step) {
        recorded& t = timers[below(200)];
        switch (below(4)) {
            case 0:
            case 1:
                if (t.armed()) break;
                t.deadline = now + std::int64_t(below(1000)) - 20;
                queue.arm(t, t.deadline);
                model.emplace(t.deadline, &t);
                break;
            case 2:
                queue.disarm(t);
                forget(t);
                CHECK(!t.armed());
                break;
            default: {
                now += std::int64_t(below(30));
                log.clear();
                const std::size_t fired = queue.fire(now);
                std::vector<std::int64_t> expected;
                while (!model.empty() && model.begin()->first <= now) {
                    expected.push_back(model.begin()->first);
                    CHECK(!model.begin()->second->armed());
                    model.erase(model.begin());
                }
                REQUIRE(log == expected);
                REQUIRE(fired == expected.size());
            }
        }
        REQUIRE(queue.size() == model.size());
        if (!model.empty()) REQUIRE(queue.next_deadline() == model.begin()->first);
    }
    std::size_t seen = 0;
    queue.for_each([&](const co::timer& t, std::int64_t deadline) {
        ++seen;
        CHECK(t.armed());
        CHECK(static_cast<const recorded&>(t).deadline == deadline);
    });
    CHECK(seen == model.size());
}

TEST_CASE("timer_queue: a callback may arm and disarm", "[async][timer_queue]") {
    co::timer_queue queue;
    recorded repeating, victim, killer;
    repeating.queue = killer.queue = &queue;
    repeating.rearm_in = repeating.deadline = 10;
    queue.arm(repeating, 10);
    victim.deadline = 26;
    queue.arm(victim, 26);
    killer.kills = &victim;
    queue.arm(killer, 25);
    CHECK(queue.fire(100) == 11);
    CHECK(repeating.fires == 10);
    CHECK(killer.fires == 1);
    CHECK(victim.fires == 0);
    CHECK(queue.size() == 1);
    CHECK(queue.next_deadline() == 110);
    queue.disarm(repeating);
    queue.disarm(repeating);
    CHECK(queue.empty());
}

TEST_CASE("timer_queue: a million armed and cancelled", "[async][timer_queue]") {
    co::timer_queue queue;
    const std::size_t count = 1'000'000;
    auto timers = std::make_unique<recorded[]>(count);
    std::mt19937 random(1);
    for (std::size_t i = 0; i < count; ++i) queue.arm(timers[i], random());
    CHECK(queue.size() == count);
    for (std::size_t i = 0; i < count; ++i) queue.disarm(timers[(i * 7919) % count]);
    CHECK(queue.empty());
}
