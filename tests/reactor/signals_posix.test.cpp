#include "support/cancellation.hpp"
#include "support/loop_driver.hpp"
#include "support/test.hpp"

#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/async/timeout.hpp>
#include <cohort/async/yield.hpp>
#include <cohort/reactor/signals.hpp>
#include <cohort/sys/fault.hpp>

#include <atomic>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <pthread.h>
#include <set>
#include <thread>
#include <unistd.h>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

using handler = void (*)(int);

handler disposition(int sig) {
    struct sigaction now {};
    ::sigaction(sig, nullptr, &now);
    return now.sa_handler;
}

std::atomic<int> foreign_count{0};
void foreign(int) { ++foreign_count; }

#if COHORT_OS_LINUX  // macOS does not tell the time of another thread
/// The processor time that a thread has used; a second if it has ended.
std::chrono::nanoseconds time_of(std::thread& thread) {
    ::clockid_t clock;
    ::timespec used;
    if (::pthread_getcpuclockid(thread.native_handle(), &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 1s;
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}
#endif

}  // namespace

TEST_CASE("a signal is awaited, and the disposition is put back") {
    REQUIRE(disposition(SIGUSR1) == SIG_DFL);
    std::signal(SIGUSR2, &foreign);
    {
        co::loop loop;
        const auto main = []() -> co::task<> {
            co::signal_set set(SIGUSR1, SIGUSR2);
            CHECK(disposition(SIGUSR1) != SIG_DFL);
            CHECK(disposition(SIGUSR2) != &foreign);
            ::raise(SIGUSR2);
            const int first = co_await set.next();
            CHECK(first == SIGUSR2);
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn([](co::signal_set& from) -> co::task<> {
                    const int second = co_await from.next();
                    CHECK(second == SIGUSR1);
                }, std::ref(set));
                co_await co::sleep(1ms);
                ::kill(::getpid(), SIGUSR1);
            });
        };
        loop.run(main());
    }
    CHECK(disposition(SIGUSR1) == SIG_DFL);
    CHECK(disposition(SIGUSR2) == &foreign);
    ::raise(SIGUSR2);
    CHECK(foreign_count == 1);
    std::signal(SIGUSR2, SIG_DFL);
}

TEST_CASE("signals that are blocked when the set is made arrive, and are blocked again when the last set is gone") {
    ::sigset_t both;
    ::sigset_t before;
    ::sigset_t after;
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    REQUIRE(::pthread_sigmask(SIG_BLOCK, &both, &before) == 0);
    ::raise(SIGUSR1);
    {
        co::loop loop;
        loop.run([]() -> co::task<> {
            std::optional<co::signal_set> set(std::in_place, SIGUSR1, SIGUSR2);
            co::signal_set kept(SIGUSR2);
            const auto early = co_await co::timeout(5s, set->next());
            REQUIRE(!early.timed_out());
            CHECK(*early == SIGUSR1);
            set.reset();
            ::kill(::getpid(), SIGUSR2);
            const auto late = co_await co::timeout(5s, kept.next());
            REQUIRE(!late.timed_out());
            CHECK(*late == SIGUSR2);
        }());
    }
    REQUIRE(::pthread_sigmask(SIG_SETMASK, &before, &after) == 0);
    CHECK(sigismember(&after, SIGUSR1) == 1);
    CHECK(sigismember(&after, SIGUSR2) == 1);
    CHECK(disposition(SIGUSR1) == SIG_DFL);
}

// Real-time signals, where a set can name them: macOS has none, those of FreeBSD begin above 64.
constexpr int highest_but_one = COHORT_OS_LINUX ? 63 : SIGTTIN;
constexpr int highest = COHORT_OS_LINUX ? 64 : SIGTTOU;

TEST_CASE("distinct signals are all told, several arrivals of one count once") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        co::signal_set set(SIGUSR1, SIGUSR2, SIGHUP, SIGWINCH, highest_but_one, highest);
        const std::set<int> sent{SIGUSR1, SIGUSR2, SIGHUP, SIGWINCH, highest_but_one, highest};
        for (int i = 0; i < 3; ++i)
            for (const int sig : sent) ::raise(sig);
        std::set<int> got;
        for (std::size_t i = 0; i < sent.size(); ++i) {
            const int sig = co_await set.next();
            CHECK(got.insert(sig).second);
        }
        CHECK(got == sent);
        ::raise(SIGHUP);
        const int again = co_await set.next();
        CHECK(again == SIGHUP);
    };
    loop.run(main());
}

TEST_CASE("each set that names a signal is told") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        co::signal_set one(SIGUSR1);
        co::signal_set two(SIGUSR1, SIGUSR2);
        {
            co::signal_set third(SIGUSR1);
            ::raise(SIGUSR1);
            const int sig = co_await third.next();
            CHECK(sig == SIGUSR1);
        }
        CHECK(disposition(SIGUSR1) != SIG_DFL);
        const int first = co_await one.next();
        const int second = co_await two.next();
        CHECK(first == SIGUSR1);
        CHECK(second == SIGUSR1);
        ::raise(SIGUSR2);
        const int other = co_await two.next();
        CHECK(other == SIGUSR2);
    };
    loop.run(main());
    CHECK(disposition(SIGUSR1) == SIG_DFL);
}

TEST_CASE("a storm of signals from another thread loses none that nothing follows") {
    co::loop loop;
    std::atomic<bool> stop{false};
    const pid_t pid = ::getpid();
    std::thread storm;
    const auto main = [&]() -> co::task<> {
        co::signal_set set(SIGUSR1, SIGUSR2);
        storm = std::thread([&] {
            while (!stop) {
                ::kill(pid, SIGUSR1);
                std::this_thread::yield();
            }
            ::kill(pid, SIGUSR2);
        });
        int seen = 0;
        for (;;) {
            const int sig = co_await set.next();
            if (sig == SIGUSR1 && ++seen == 500) stop = true;
            if (sig == SIGUSR2) break;
        }
        CHECK(seen >= 500);
        storm.join();
    };
    loop.run(main());
}

TEST_CASE("sets come and go while signals arrive from another thread") {
    co::loop loop;
    std::atomic<bool> stop{false};
    const pid_t pid = ::getpid();
    const auto main = [&]() -> co::task<> {
        co::signal_set keeper(SIGUSR1);  // without it a signal would end the program between two sets
        std::thread storm([&] {
            while (!stop) ::kill(pid, SIGUSR1);
        });
        for (int i = 0; i < 300; ++i) {
            co::signal_set passing(SIGUSR1);
            co::signal_set other(SIGUSR1, SIGUSR2);
            if (i % 10 == 0) {
                const int sig = co_await passing.next();
                CHECK(sig == SIGUSR1);
            }
        }
        stop = true;
        storm.join();
        const int last = co_await keeper.next();
        CHECK(last == SIGUSR1);
    };
    loop.run(main());
    CHECK(disposition(SIGUSR1) == SIG_DFL);
}

#if COHORT_OS_LINUX  // it finds the set's pipe among the descriptors by what /proc calls it
TEST_CASE("a set that goes away waits for a handler that writes to its pipe") {
    const auto before = support::open_fds();
    std::atomic<bool> made{false}, go{false}, gone{false};
    std::thread owner([&] {
        {
            co::signal_set set(SIGUSR1);
            made = true;
            while (!go) std::this_thread::yield();
        }
        gone = true;
    });
    while (!made) std::this_thread::yield();
    int ends[2] = {-1, -1};
    for (const auto& [fd, what] : support::open_fds())
        if (!before.count(fd) && what.rfind("pipe:", 0) == 0) ends[(::fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY] = fd;
    REQUIRE((ends[0] >= 0 && ends[1] >= 0));
    // The handler is held in its write by a pipe that is full, and waits, which the library's own does not.
    const int reader = ::dup(ends[0]);
    char block[4096] = {};
    std::size_t left = 0;
    while (::write(ends[1], block, sizeof block) > 0) left += sizeof block;
    ::fcntl(ends[1], F_SETFL, 0);
    co::sys::fault::scope counts;
    std::thread handles([] { ::raise(SIGUSR1); });
    while (co::sys::fault::count(co::sys::call::write) == 0) std::this_thread::yield();
    go = true;
    while (disposition(SIGUSR1) != SIG_DFL) std::this_thread::yield();
    // What does not wait is at its end after some microseconds.
    const auto then = time_of(owner);
    while (!gone && time_of(owner) - then < 5ms) std::this_thread::yield();
    CHECK(!gone);
    while (left > 0) {
        const ssize_t n = ::read(reader, block, sizeof block);
        CHECK(n > 0);
        left = n > 0 ? left - std::size_t(n) : 0;
    }
    handles.join();
    owner.join();
    CHECK(gone);
    ::close(reader);
}
#endif

TEST_CASE("numbers that are no signals and signals that cannot be handled are refused") {
    CHECK_THROWS_AS(co::signal_set(0), co::error);
    CHECK_THROWS_AS(co::signal_set(65), co::error);
    CHECK_THROWS_AS(co::signal_set(-1), co::error);
    try {
        co::signal_set set(SIGUSR1, SIGKILL, SIGUSR2);
        FAIL("no error");
    } catch (const co::error& e) {
        CHECK(std::string(e.what()) == "sigaction \"SIGKILL\": Invalid argument");
    }
    CHECK(disposition(SIGUSR1) == SIG_DFL);
    CHECK(disposition(SIGUSR2) == SIG_DFL);
}

TEST_CASE("sixty-four sets fit, one more is refused") {
    std::vector<std::unique_ptr<co::signal_set>> sets;
    for (int i = 0; i < 64; ++i) sets.push_back(std::make_unique<co::signal_set>(SIGUSR1));
    CHECK_THROWS_AS(co::signal_set(SIGUSR1), co::error);
    sets.pop_back();
    sets.push_back(std::make_unique<co::signal_set>(SIGUSR2));
}

#if defined(COHORT_FAULTS)
TEST_CASE("a set that cannot be made leaves nothing behind") {
    for (const co::sys::call which : {co::sys::call::pipe, co::sys::call::sigaction}) {
        co::sys::fault::scope plan;
        co::sys::fault::fail(which, 1, EMFILE);
        CHECK_THROWS_AS(co::signal_set(SIGUSR1, SIGUSR2), co::error);
    }
    {
        co::sys::fault::scope plan;
        co::sys::fault::fail(co::sys::call::sigaction, 2, ENOMEM);
        CHECK_THROWS_AS(co::signal_set(SIGUSR1, SIGUSR2), co::error);
    }
    CHECK(disposition(SIGUSR1) == SIG_DFL);
    CHECK(disposition(SIGUSR2) == SIG_DFL);
    CHECK_NOTHROW(co::signal_set(SIGUSR1, SIGUSR2));
}
#endif

TEST_CASE("a signal that is not awaited to its end stays pending") {
    struct state {
        co::signal_set set{SIGUSR1};
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
            CHECK(sig == SIGUSR1);
            ++s.taken;
        },
        [](state& s) {
            ++s.sent;
            ::raise(SIGUSR1);
        },
        [](state& s) { return s.sent - s.taken; }, traits);
}

TEST_CASE("a signal without a name that cannot be awaited is refused by its number") {
    // 32 is the C library's own.
    std::string text;
    try {
        co::signal_set set(32);
    } catch (const std::system_error& e) {
        text = e.what();
    }
    CHECK(text == "sigaction \"32\": Invalid argument");
}
