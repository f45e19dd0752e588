// Frames are recycled: what runs in a steady state allocates nothing. Counted, with the pool and without.
#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async.hpp>

#include <atomic>
#include <thread>

using namespace std::chrono_literals;
namespace co = cohort;

namespace {

/// Allocations in the second of two equal rounds; the first one fills the pool.
template <class Round>
std::size_t steady_state(Round round) {
    support::virtual_driver driver;
    return driver.run([&]() -> co::task<std::size_t> {
        co_await round();
        const std::size_t before = support::allocation_count();
        co_await round();
        co_return support::allocation_count() - before;
    });
}

#ifdef COHORT_NO_FRAME_RECYCLING
constexpr bool recycling = false;
#else
constexpr bool recycling = true;
#endif

/// False under valgrind, which puts its own operator new in place of the counting one.
bool allocations_are_counted() {
    const std::size_t before = support::allocation_count();
    ::operator delete(::operator new(1));
    return support::allocation_count() != before;
}

co::task<int> leaf(int x) { co_return x; }
co::task<> turn() { co_await co::yield(); }

}  // namespace

TEST_CASE("frames: the steady state allocates nothing", "[async][frame_pool]") {
    constexpr int rounds = 1000;
    const auto expect = [](const char* what, std::size_t allocations) {
        INFO(what << ": " << allocations << " allocations");
        if (recycling) CHECK(allocations == 0);
        else if (allocations_are_counted()) CHECK(allocations >= 1);  // the counter counts
    };
    expect("await", steady_state([]() -> co::task<> {
        for (int i = 0; i < rounds; ++i) co_await leaf(i);
    }));
    expect("spawn", steady_state([]() -> co::task<> {
        co_await co::scope([](co::scope_ref s) -> co::task<> {
            for (int i = 0; i < rounds; ++i) {
                s.spawn(turn());
                s.spawn([](int x) -> co::task<int> { co_return x; }, i);
                co_await co::yield();
            }
        });
    }));
    expect("when_all", steady_state([]() -> co::task<> {
        for (int i = 0; i < rounds; ++i) {
            auto both = co_await co::when_all(leaf(i), turn());
            static_cast<void>(both.get<0>());
        }
    }));
    expect("when_all of an operation", steady_state([]() -> co::task<> {
        for (int i = 0; i < rounds; ++i) co_await co::when_all(leaf(i), co::sleep(1ms));
    }));
    expect("timeout of a task", steady_state([]() -> co::task<> {
        for (int i = 0; i < rounds; ++i) static_cast<void>(co_await co::timeout(1s, turn()));
    }));
    expect("attempt of a task", steady_state([]() -> co::task<> {
        for (int i = 0; i < rounds; ++i) static_cast<void>(co_await co::attempt(leaf(i)));
    }));
    co::queue<int> q(4);
    expect("producer and consumer", steady_state([&]() -> co::task<> {
        const auto produce = [&]() -> co::task<> {
            for (int i = 0; i < rounds; ++i) co_await q.push(i);
        };
        const auto consume = [&]() -> co::task<> {
            for (int i = 0; i < rounds; ++i) co_await q.pop();
        };
        co_await co::when_all(produce(), consume());
    }));
}

TEST_CASE("operations allocate nothing, with or without the pool", "[async][frame_pool]") {
    co::queue<int> q(4);
    co::event e(true);
    co::mutex m;
    co::semaphore s(3);
    const std::size_t allocations = steady_state([&]() -> co::task<> {
        for (int i = 0; i < 1000; ++i) {
            co_await q.push(i);
            co_await q.pop();
            co_await e.wait();
            auto guard = co_await m.lock();
            guard.unlock();
            co_await s.acquire(3);
            s.release(3);
            co_await co::yield();
            co_await co::sleep(1ms);
            static_cast<void>(co_await co::timeout(1s, co::sleep(1ms)));
            static_cast<void>(co_await co::attempt(q.push(i)));
            co_await co::shield(q.pop());
        }
    });
    CHECK(allocations <= (recycling ? 0u : 1u));  // without the pool: the frame of the second round itself
}

TEST_CASE("frames: the pool is bounded", "[async][frame_pool]") {
    using pool = co::detail::frame_pool;
    constexpr std::size_t many = 5000;
    const auto churn = [](std::size_t size) {
        std::vector<void*> blocks;
        for (std::size_t i = 0; i < many; ++i) blocks.push_back(pool::allocate(size));
        for (void* b : blocks) pool::release(b, size);
    };
    churn(100);
    const std::size_t before = support::allocation_count();
    std::vector<void*> blocks;
    blocks.reserve(many);
    for (std::size_t i = 0; i < many; ++i) blocks.push_back(pool::allocate(100));
    const std::size_t made = support::allocation_count() - before;
    if (allocations_are_counted()) CHECK(made >= many - 256);
    if (recycling) CHECK(made < many);
    for (void* b : blocks) pool::release(b, 100);
    churn(1);
    churn(64);
    churn(65);
    churn(2048);
    churn(2049);  // larger than any class
    churn(100'000);
}

TEST_CASE("frames: may be freed on another thread, whose lists end with it", "[async][frame_pool]") {
    for (int round = 0; round < 3; ++round) {
        std::vector<co::task<int>> tasks;
        for (int i = 0; i < 500; ++i) tasks.push_back(leaf(i));
        std::thread elsewhere([mine = std::move(tasks)]() mutable {
            support::virtual_driver driver;
            int sum = 0;
            for (auto& t : mine) sum += driver.run(std::move(t));
            mine.clear();
            if (sum != 499 * 500 / 2) std::abort();
        });
        elsewhere.join();
    }
}

TEST_CASE("frames: one executor a thread, at the same time", "[async][frame_pool]") {
    std::vector<std::thread> threads;
    std::atomic<int> right{0};
    for (int n = 0; n < 4; ++n)
        threads.emplace_back([&right] {
            const int sum = support::drive([]() -> co::task<int> {
                int x = 0;
                co::queue<int> q(2);
                for (int i = 0; i < 5000; ++i) {
                    x += co_await leaf(1);
                    co_await co::when_all(q.push(i), q.pop());
                }
                co_return x;
            });
            if (sum == 5000) ++right;
        });
    for (auto& t : threads) t.join();
    CHECK(right == 4);
}
