#include "support/loop_driver.hpp"
#include "support/test.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/async/timeout.hpp>
#include <cohort/reactor/blocking.hpp>
#include <cohort/sys/fault.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

/// Something that threads wait at until the test opens it.
class gate {
public:
    void open() {
        std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return open_; });
        ++passed_;
        changed_.notify_all();
    }
    void until_waiting(int n) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_ >= n; });
    }
    void until_passed(int n) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return passed_ >= n; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int waiting_ = 0;
    int passed_ = 0;
};

}  // namespace

TEST_CASE("a blocking call runs in another thread and gives its value or failure here") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        const auto here = std::this_thread::get_id();
        auto who = [] { return std::this_thread::get_id(); };
        const auto there = co_await co::blocking(who);
        CHECK(there != here);
        CHECK(std::this_thread::get_id() == here);
        auto name = [text = std::string("a string that is too long for the small buffer")] { return text + "!"; };
        const std::string given = co_await co::blocking(name);
        CHECK(given == "a string that is too long for the small buffer!");
        auto fails = []() -> int { throw std::runtime_error("from the thread"); };
        auto failed = co_await co::attempt(co::blocking(fails));
        CHECK(failed.message() == "from the thread");
        std::atomic<int> ran{0};
        auto nothing = [&ran] { ++ran; };
        co_await co::blocking(nothing);
        CHECK(ran == 1);
    };
    loop.run(main());
}

TEST_CASE("the pool has few threads and does all the calls") {
    co::loop loop;
    std::atomic<int> ran{0};
    const auto main = [&]() -> co::task<> {
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (int i = 0; i < 200; ++i)
                s.spawn([](std::atomic<int>& count) -> co::task<> {
                    auto call = [&count] { return ++count; };
                    static_cast<void>(co_await co::blocking(call));
                }, std::ref(ran));
            co_return;
        });
        CHECK(co::detail::blocking_pool::threads() <= co::detail::blocking_pool::most_threads);
    };
    loop.run(main());
    CHECK(ran == 200);
}

TEST_CASE("a cancelled call goes on unheeded, one that has not begun is not made") {
    auto shared = std::make_shared<gate>();
    auto begun = std::make_shared<std::atomic<int>>(0);
    {
        co::loop loop;
        const auto main = [&]() -> co::task<> {
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                for (int i = 0; i < 10; ++i)
                    s.spawn([](std::shared_ptr<gate> g, std::shared_ptr<std::atomic<int>> count) -> co::task<> {
                        auto call = [g, count] {
                            ++*count;
                            g->pass();
                        };
                        co_await co::blocking(call);
                    }, shared, begun);
                co_await co::sleep(0ms);
                shared->until_waiting(4);  // all threads are in use
                s.cancel();
            });
        };
        loop.run(main());
    }  // the loop is gone while four calls are under way
    CHECK(*begun == 4);
    shared->open();
    shared->until_passed(4);
    CHECK(*begun == 4);
}

TEST_CASE("a completion that is on its way when the wait is cancelled is dropped") {
    for (int i = 0; i < 50; ++i) {
        support::loop_driver<> d;
        std::atomic<bool> done{false};
        const auto main = [&]() -> co::task<> {
            auto call = [&done] { done = true; };
            co_await co::blocking(call);
        };
        support::root<> r(d.exec(), main());
        d.settle();
        while (!done) std::this_thread::yield();
        r.stop();
        d.settle();
        REQUIRE(r.done());
        CHECK((r.was_cancelled() || !r.error()));
    }
}

#if defined(COHORT_FAULTS)
TEST_CASE("without a thread the call fails") {
    // Those of earlier calls end first.
    REQUIRE(support::eventually([] { return co::detail::blocking_pool::threads() == 0; }));
    co::loop loop;
    const auto main = []() -> co::task<> {
        co::sys::fault::scope plan;
        co::sys::fault::fail(co::sys::call::thread_start, 1, EAGAIN);
        auto call = [] {};
        auto failed = co_await co::attempt(co::blocking(call));
        CHECK(failed.code() == std::errc::resource_unavailable_try_again);
        co_await co::blocking(call);
    };
    loop.run(main());
}

TEST_CASE("without a further thread the call waits for those that there are") {
    REQUIRE(support::eventually([] { return co::detail::blocking_pool::threads() == 0; }));
    auto shared = std::make_shared<gate>();
    bool called = false;
    co::loop loop;
    const auto main = [&]() -> co::task<> {
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([](std::shared_ptr<gate> g) -> co::task<> {
                auto call = [g] { g->pass(); };
                co_await co::blocking(call);
            }, shared);
            co_await co::sleep(0ms);
            shared->until_waiting(1);  // the only thread is in use
            co::sys::fault::scope plan;
            co::sys::fault::fail(co::sys::call::thread_start, 1, EAGAIN);
            s.spawn([](bool& made) -> co::task<> {
                auto call = [] {};
                auto done = co_await co::attempt(co::blocking(call));
                made = bool(done);
            }, std::ref(called));
            co_await co::sleep(0ms);
            CHECK(co::sys::fault::injected(co::sys::call::thread_start) == 1);
            CHECK(co::detail::blocking_pool::threads() == 1);
            shared->open();
        });
    };
    loop.run(main());
    CHECK(called);
}
#endif
