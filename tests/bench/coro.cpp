// W7: awaiting a task, yielding, spawning in a scope, waking another thread's loop; beside the smallest std::coroutine that
// does the same work, and an eventfd.
#include "bench.hpp"

#include <cohort/async.hpp>
#include <cohort/reactor.hpp>

#if __has_include(<asio.hpp>)
#define ASIO_STANDALONE
#include <asio.hpp>
#ifdef ASIO_HAS_CO_AWAIT
#define WITH_ASIO 1
#endif
#endif

#include <coroutine>
#include <cstdint>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace {

constexpr int many = 2'000'000;

// --- raw: a lazy task with symmetric transfer, a ring of handles ---------------------------------------------------------
struct raw_task {
    struct promise_type {
        int value = 0;
        std::coroutine_handle<> next = std::noop_coroutine();
        raw_task get_return_object() { return raw_task(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        struct ending {
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> h) noexcept { return h.promise().next; }
            void await_resume() noexcept {}
        };
        ending final_suspend() noexcept { return {}; }
        void return_value(int v) { value = v; }
        void unhandled_exception() { std::terminate(); }
    };
    explicit raw_task(std::coroutine_handle<promise_type> h) : handle(h) {}
    raw_task(raw_task&& other) noexcept : handle(std::exchange(other.handle, {})) {}
    ~raw_task() {
        if (handle) handle.destroy();
    }
    bool await_ready() const { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) {
        handle.promise().next = waiter;
        return handle;
    }
    int await_resume() const { return handle.promise().value; }
    std::coroutine_handle<promise_type> handle;
};

[[gnu::noinline]] raw_task raw_leaf(int i) { co_return i; }

raw_task raw_awaits(int n) {
    int sum = 0;
    for (int i = 0; i < n; ++i) sum += co_await raw_leaf(i);
    co_return sum;
}

std::coroutine_handle<> ring[64];
unsigned ring_head, ring_tail;
struct raw_yield {
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> h) { ring[ring_tail++ & 63] = h; }
    void await_resume() {}
};
raw_task raw_yields(int n) {
    for (int i = 0; i < n; ++i) co_await raw_yield{};
    co_return 0;
}

double raw_await_ns() {
    raw_task t = raw_awaits(many);
    const double start = bench::now();
    t.handle.resume();
    return (bench::now() - start) / many * 1e9;
}
double raw_yield_ns() {
    raw_task t = raw_yields(many);
    const double start = bench::now();
    t.handle.resume();
    while (ring_head != ring_tail) ring[ring_head++ & 63].resume();
    return (bench::now() - start) / many * 1e9;
}

// --- cohort --------------------------------------------------------------------------------------------------------------
[[gnu::noinline]] cohort::task<int> leaf(int i) { co_return i; }

cohort::task<double> awaits() {
    const double start = bench::now();
    long sum = 0;
    for (int i = 0; i < many; ++i) sum += co_await leaf(i);
    if (sum == 1) std::abort();
    co_return (bench::now() - start) / many * 1e9;
}
cohort::task<double> yields() {
    const double start = bench::now();
    for (int i = 0; i < many; ++i) co_await cohort::yield();
    co_return (bench::now() - start) / many * 1e9;
}
// One child at a time, as `co_await co_spawn(...)` is: spawned, run, reaped before the next.
cohort::task<double> spawns() {
    const double start = bench::now();
    co_await cohort::scope([](cohort::scope_ref s) -> cohort::task<> {
        for (int i = 0; i < many; ++i) {
            s.spawn(leaf(i));
            co_await cohort::yield();
        }
    });
    co_return (bench::now() - start) / many * 1e9;
}

template <class F>
double on_a_loop(F work) {
    cohort::loop loop;
    return loop.run(work());
}

// --- the same with Asio, where it is installed -----------------------------------------------------------------------------
#ifdef WITH_ASIO
[[gnu::noinline]] asio::awaitable<int> asio_leaf(int i) { co_return i; }
asio::awaitable<void> asio_awaits(double& ns) {
    const double start = bench::now();
    long sum = 0;
    for (int i = 0; i < many; ++i) sum += co_await asio_leaf(i);
    if (sum == 1) std::abort();
    ns = (bench::now() - start) / many * 1e9;
}
asio::awaitable<void> asio_yields(asio::io_context& io, double& ns) {
    const double start = bench::now();
    for (int i = 0; i < many / 4; ++i) co_await asio::post(io, asio::use_awaitable);
    ns = (bench::now() - start) / (many / 4) * 1e9;
}
asio::awaitable<void> asio_spawns(asio::io_context& io, double& ns) {
    const double start = bench::now();
    long sum = 0;
    for (int i = 0; i < many / 4; ++i) sum += co_await asio::co_spawn(io, asio_leaf(i), asio::use_awaitable);
    if (sum == 1) std::abort();
    ns = (bench::now() - start) / (many / 4) * 1e9;
}
template <class F>
double on_an_io_context(F work) {
    asio::io_context io(1);
    double ns = 0;
    asio::co_spawn(io, work(io, ns), asio::detached);
    io.run();
    return ns;
}
#endif

// --- one message each way between two threads; half of it is one wake-up ---------------------------------------------------
double raw_post_us() {
    const int a = eventfd(0, 0), b = eventfd(0, 0);
    auto poller = [](int fd) {
        const int set = epoll_create1(0);
        epoll_event e{EPOLLIN, {}};
        epoll_ctl(set, EPOLL_CTL_ADD, fd, &e);
        return set;
    };
    const int pa = poller(a), pb = poller(b);
    auto wait = [](int set, int fd) {
        epoll_event e;
        std::uint64_t count = 0;
        if (epoll_wait(set, &e, 1, -1) != 1 || read(fd, &count, sizeof count) != sizeof count) bench::die("eventfd");
        return count;
    };
    auto signal = [](int fd, std::uint64_t n) {
        if (write(fd, &n, sizeof n) != sizeof n) bench::die("eventfd");
    };
    std::thread other([&] {
        while (wait(pa, a) == 1) signal(b, 1);
    });
    const double start = bench::now(), budget = bench::budget();
    long count = 0;
    for (; bench::now() - start < budget; ++count) {
        signal(a, 1);
        wait(pb, b);
    }
    const double us = (bench::now() - start) / static_cast<double>(count) / 2 * 1e6;
    signal(a, 2);
    other.join();
    for (int fd : {a, b, pa, pb}) close(fd);
    return us;
}

double post_us(std::chrono::nanoseconds spin) {
    struct side {
        explicit side(std::chrono::nanoseconds budget) : loop(cohort::loop_options().spin(budget)) {}
        cohort::loop loop;
        cohort::event done;
    };
    side here(spin), there(spin);
    std::thread other([&] { there.loop.run([](cohort::event& e) -> cohort::task<> { co_await e.wait(); }(there.done)); });
    const double start = bench::now(), budget = bench::budget();
    long count = 0;
    struct ping {
        side &here, &there;
        double start, budget;
        long& count;
        void operator()() const {
            if (bench::now() - start >= budget) {
                here.done.set();
                return;
            }
            ++count;
            there.loop.post([p = *this] { p.here.loop.post(p); });
        }
    };
    here.loop.post(ping{here, there, start, budget, count});
    here.loop.run([](cohort::event& e) -> cohort::task<> { co_await e.wait(); }(here.done));
    const double us = (bench::now() - start) / static_cast<double>(count) / 2 * 1e6;
    there.loop.post([&] { there.done.set(); });
    other.join();
    return us;
}

}  // namespace

int main() {
    std::vector<bench::contestant> await{{"raw-coro", raw_await_ns}, {"cohort", [] { return on_a_loop(awaits); }}};
    std::vector<bench::contestant> yield{{"raw-coro", raw_yield_ns}, {"cohort", [] { return on_a_loop(yields); }}};
    std::vector<bench::contestant> spawn{{"cohort", [] { return on_a_loop(spawns); }}};
#ifdef WITH_ASIO
    // First, so that the ratios printed are to Asio.
    await.insert(await.begin(), {"asio-awaitable", [] {
                                     return on_an_io_context([](asio::io_context&, double& ns) { return asio_awaits(ns); });
                                 }});
    yield.insert(yield.begin(), {"asio-post", [] { return on_an_io_context(asio_yields); }});
    spawn.insert(spawn.begin(), {"asio-co_spawn", [] { return on_an_io_context(asio_spawns); }});
#endif
    bench::compare("W7.await", "ns", await);
    bench::compare("W7.yield", "ns", yield);
    bench::compare("W7.spawn", "ns", spawn);
    bench::compare("W7.post", "us",
                   {{"raw-eventfd-epoll", raw_post_us},
                    {"cohort", [] { return post_us(std::chrono::nanoseconds(0)); }},
                    {"cohort-spin50", [] { return post_us(std::chrono::microseconds(50)); }}});
}
