#include <cohort/sys/fault.hpp>
#include <cohort/sys/thread.hpp>

#include "support/test.hpp"

#include <chrono>
#include <csignal>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

namespace {
struct shared_state {
    sys::thread_lock lock;
    sys::thread_condition changed;
    int turns = 0;
    bool masked = false;
};

void* take_turns(void* argument) {
    shared_state& state = *static_cast<shared_state*>(argument);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    state.lock.lock();
    state.masked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGUSR1) == 1;
    while (state.turns < 100) {
        if (state.turns % 2 == 1) {
            ++state.turns;
            state.changed.notify_all();
        } else {
            state.changed.wait(state.lock);
        }
    }
    state.lock.unlock();
    return nullptr;
}
}  // namespace

TEST_CASE("two threads take turns under a lock, the started one without signals") {
    // Static: the detached thread may still be inside unlock when this test case has seen its last turn.
    static shared_state state;
    REQUIRE(sys::start_thread(take_turns, &state));
    state.lock.lock();
    while (state.turns < 100) {
        if (state.turns % 2 == 0) {
            ++state.turns;
            state.changed.notify_all();
        } else {
            state.changed.wait(state.lock);
        }
    }
    state.lock.unlock();
    CHECK(state.turns == 100);
    CHECK(state.masked);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    CHECK(sigismember(&mask, SIGUSR1) == 0);  // and the caller's mask is as it was
}

TEST_CASE("a condition that nobody notifies keeps its time") {
    sys::thread_lock lock;
    sys::thread_condition condition;
    for (const std::int64_t ns : {0, 999'999, 1'000'001, 30'000'000}) {
        const auto start = std::chrono::steady_clock::now();
        lock.lock();
        while (condition.wait_for(lock, ns)) {}
        lock.unlock();
        CHECK((std::chrono::steady_clock::now() - start).count() >= ns);
    }
}

TEST_CASE("a thread that cannot be started is an error") {
    fault::scope plan;
    fault::fail(sys::call::thread_start, 1, EAGAIN);
    CHECK(sys::start_thread(take_turns, nullptr).error() == EAGAIN);
}
