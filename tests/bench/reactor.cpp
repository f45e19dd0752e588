// W6: a token passed round thousands of pipes, one coroutine each; a million timers armed and cancelled, armed and fired;
// beside plain epoll and a bare indexed 4-ary heap.
#include "bench.hpp"

#include <cohort/async.hpp>
#include <cohort/io.hpp>
#include <cohort/reactor.hpp>

#include <cstddef>
#include <cstdint>
#include <malloc.h>
#include <memory>
#include <random>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

/// How many pipes: 10,000, or what the hard limit of descriptors allows.
int pipe_count() {
    rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    const long fit = (static_cast<long>(limit.rlim_max) - 100) / 2;
    return static_cast<int>(fit < 10000 ? fit : 10000);
}

constexpr int active = 100;

struct pipes {
    explicit pipes(int n) : in(n), out(n) {
        for (int i = 0; i < n; ++i) {
            int ends[2];
            if (pipe2(ends, O_NONBLOCK | O_CLOEXEC)) bench::die("pipe2");
            in[i] = ends[0];
            out[i] = ends[1];
        }
    }
    ~pipes() {
        for (int fd : in)
            if (fd >= 0) close(fd);
        for (int fd : out)
            if (fd >= 0) close(fd);
    }
    void start_tokens() const {
        for (int i = 0; i < active; ++i) {
            const std::size_t at = static_cast<std::size_t>(i) * out.size() / active;
            if (write(out[at], "x", 1) != 1) bench::die("write");
        }
    }
    std::vector<int> in, out;
};

double raw_token(int n) {
    pipes p(n);
    const int set = epoll_create1(0);
    for (int i = 0; i < n; ++i) {
        epoll_event e{EPOLLIN, {}};
        e.data.u32 = static_cast<std::uint32_t>(i);
        epoll_ctl(set, EPOLL_CTL_ADD, p.in[i], &e);
    }
    p.start_tokens();
    epoll_event events[128];
    long passed = 0;
    const double start = bench::now(), budget = bench::budget();
    while (bench::now() - start < budget) {
        for (int turn = 0; turn < 16; ++turn) {
            const int found = epoll_wait(set, events, 128, -1);
            for (int k = 0; k < found; ++k) {
                const std::uint32_t i = events[k].data.u32;
                char c;
                if (read(p.in[i], &c, 1) != 1) bench::die("read");
                if (write(p.out[(i + 1) % p.out.size()], &c, 1) != 1) bench::die("write");
            }
            passed += found;
        }
    }
    const double rate = static_cast<double>(passed) / (bench::now() - start);
    close(set);
    return rate;
}

struct ring_state {
    long passed = 0;
    double start = 0;
    double budget = 0;
    double rate = 0;
    cohort::event over;
};

cohort::task<> node(ring_state& ring, cohort::stream in, cohort::stream& next) {
    std::byte bytes[16];  // room for more than the token: a short read says that the pipe is empty
    for (;;) {
        const std::size_t n = co_await in.read_some(bytes);
        if (n == 0) co_return;
        co_await next.write_some(std::span<const std::byte>(bytes, 1));
        if ((++ring.passed & 1023) == 0 && bench::now() - ring.start > ring.budget && !ring.over.is_set()) {
            ring.rate = static_cast<double>(ring.passed) / (bench::now() - ring.start);
            ring.over.set();
        }
    }
}

double bytes_per_waiter = 0;

double token(int n) {
    cohort::loop loop;
    return loop.run([](int count) -> cohort::task<double> {
        pipes p(count);
        ring_state ring;
        std::vector<cohort::stream> outs;
        outs.reserve(p.out.size());
        for (int& fd : p.out) outs.emplace_back(cohort::handle(std::exchange(fd, -1)), cohort::stream::type::pipe);
        const auto before = mallinfo2();
        co_await cohort::scope([&](cohort::scope_ref s) -> cohort::task<> {
            for (std::size_t i = 0; i < outs.size(); ++i) {
                cohort::stream in(cohort::handle(std::exchange(p.in[i], -1)), cohort::stream::type::pipe);
                s.spawn(node(ring, std::move(in), outs[(i + 1) % outs.size()]));
            }
            co_await cohort::sleep(std::chrono::milliseconds(1));
            const auto after = mallinfo2();
            bytes_per_waiter = static_cast<double>(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) /
                               static_cast<double>(outs.size());
            ring.budget = bench::budget();
            ring.start = bench::now();
            for (std::size_t i = 0; i < active; ++i) {
                const std::byte t{};
                co_await outs[i * outs.size() / active].write_some(std::span<const std::byte>(&t, 1));
            }
            co_await ring.over.wait();
            s.cancel();
        });
        co_return ring.rate;
    }(n));
}

// --- timers -------------------------------------------------------------------------------------------------------------
constexpr int timers = 1'000'000;
std::vector<int> order(timers), far_ms(timers), near_ms(timers);

struct raw_heap {
    struct entry {
        std::int64_t at;
        int id;
    };
    std::vector<entry> heap;
    std::vector<int> position = std::vector<int>(timers);
    void put(std::size_t i, entry e) {
        heap[i] = e;
        position[e.id] = static_cast<int>(i);
    }
    void up(std::size_t i) {
        const entry e = heap[i];
        for (; i && e.at < heap[(i - 1) / 4].at; i = (i - 1) / 4) put(i, heap[(i - 1) / 4]);
        put(i, e);
    }
    void down(std::size_t i) {
        const entry e = heap[i];
        for (;;) {
            const std::size_t first = 4 * i + 1;
            if (first >= heap.size()) break;
            std::size_t best = first;
            for (std::size_t c = first + 1; c < std::min(first + 4, heap.size()); ++c)
                if (heap[c].at < heap[best].at) best = c;
            if (heap[best].at >= e.at) break;
            put(i, heap[best]);
            i = best;
        }
        put(i, e);
    }
    void add(std::int64_t at, int id) {
        heap.push_back({at, id});
        up(heap.size() - 1);
    }
    void remove(int id) {
        const std::size_t i = static_cast<std::size_t>(position[id]);
        const entry last = heap.back();
        heap.pop_back();
        if (i == heap.size()) return;
        put(i, last);
        up(i);
        down(static_cast<std::size_t>(position[last.id]));
    }
};

double raw_cancel() {
    raw_heap h;
    h.heap.reserve(timers);
    const double start = bench::now();
    const std::int64_t base = cohort::executor::steady_now();
    for (int i = 0; i < timers; ++i) h.add(base + far_ms[i] * 1'000'000ll, i);
    for (int i : order) h.remove(i);
    return (bench::now() - start) / timers * 1e9;
}
double raw_fire() {
    raw_heap h;
    h.heap.reserve(timers);
    long fired = 0;
    const double start = bench::now();
    const std::int64_t base = cohort::executor::steady_now();
    for (int i = 0; i < timers; ++i) h.add(base + near_ms[i] * 1'000'000ll, i);
    while (!h.heap.empty()) {
        const std::int64_t now = cohort::executor::steady_now();
        while (!h.heap.empty() && h.heap[0].at <= now) {
            h.remove(h.heap[0].id);
            ++fired;
        }
    }
    if (fired != timers) bench::die("fired");
    return (bench::now() - start) / timers * 1e9;
}

long fired_timers;
struct counted : cohort::timer {
    counted() : timer([](cohort::timer&) noexcept { ++fired_timers; }) {}
};

double cancel() {
    cohort::loop loop;
    const std::unique_ptr<counted[]> all(new counted[timers]);
    const double start = bench::now();
    const std::int64_t base = loop.now();
    for (int i = 0; i < timers; ++i) loop.timers().arm(all[i], base + far_ms[i] * 1'000'000ll);
    for (int i : order) loop.timers().disarm(all[i]);
    return (bench::now() - start) / timers * 1e9;
}
double fire() {
    cohort::loop loop;
    const std::unique_ptr<counted[]> all(new counted[timers]);
    fired_timers = 0;
    const double start = bench::now();
    const std::int64_t base = loop.now();
    for (int i = 0; i < timers; ++i) loop.timers().arm(all[i], base + near_ms[i] * 1'000'000ll);
    while (!loop.timers().empty()) loop.turn();
    if (fired_timers != timers) bench::die("fired");
    return (bench::now() - start) / timers * 1e9;
}

}  // namespace

int main() {
    const int n = pipe_count();
    bench::compare("W6.token", "event/s", {{"raw-epoll", [n] { return raw_token(n); }}, {"cohort", [n] { return token(n); }}});
    bench::line("W6.waiter", "cohort", bytes_per_waiter, "bytes");
    std::mt19937 random(1);
    for (int i = 0; i < timers; ++i) {
        order[i] = i;
        far_ms[i] = 1000 + static_cast<int>(random() % 60000);
        near_ms[i] = 1 + static_cast<int>(random() % 10);
    }
    std::shuffle(order.begin(), order.end(), random);
    bench::compare("W6.timer-cancel", "ns", {{"raw-heap", raw_cancel}, {"cohort", cancel}});
    bench::compare("W6.timer-fire", "ns", {{"raw-heap", raw_fire}, {"cohort", fire}});
}
