#include "support/cancellation.hpp"
#include "support/gated_child.hpp"
#include "support/loop_driver.hpp"
#include "support/test.hpp"

#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/reactor/child_exit.hpp>
#include <cohort/sys/pidfd.hpp>
#include <cohort/sys/process.hpp>
#include <cohort/sys/signal.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

/// A child, and its descriptor in the loop.
class watched : public support::gated_child {
public:
    explicit watched(int code) : support::gated_child(code) {
        const auto fd = co::sys::pidfd_open(co::sys::process_id(pid()));
        REQUIRE(fd);
        pidfd_ = co::registration<co::loop>(*fd, co::descriptor_kind::process);
    }
    co::registration<co::loop>& pidfd() { return pidfd_; }

private:
    co::registration<co::loop> pidfd_;
};

}  // namespace

TEST_CASE("the end of a process, before and after the wait began") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        watched quick(5);
        quick.open();
        quick.await_end();
        const co::sys::exit_info first = co_await co::wait_exit(quick.pidfd());
        CHECK(first.kind == co::sys::exit_kind::exited);
        CHECK(first.value == 5);

        watched slow(6);
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([](watched& f) -> co::task<> {
                const co::sys::exit_info end = co_await co::wait_exit(f.pidfd());
                CHECK(end.value == 6);
            }, std::ref(slow));
            co_await co::sleep(1ms);
            slow.open();
        });

        watched killed(0);
        CHECK(co::sys::pidfd_send_signal(killed.pidfd().native(), co::sys::sigkill));
        const co::sys::exit_info third = co_await co::wait_exit(killed.pidfd());
        CHECK(third.kind == co::sys::exit_kind::signaled);
        CHECK(third.value == co::sys::sigkill);
    };
    loop.run(main());
}

TEST_CASE("many processes end at once") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        std::vector<std::unique_ptr<watched>> all;
        for (int i = 0; i < 50; ++i) all.push_back(std::make_unique<watched>(i));
        int sum = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (auto& f : all)
                s.spawn([](watched& one, int& total) -> co::task<> {
                    const co::sys::exit_info end = co_await co::wait_exit(one.pidfd());
                    total += end.value;
                }, std::ref(*f), std::ref(sum));
            co_await co::sleep(1ms);
            for (auto& f : all) f->open();
        });
        CHECK(sum == 49 * 50 / 2);
    };
    loop.run(main());
}

TEST_CASE("a wait that was cancelled leaves the process to be waited for") {
    struct state {
        watched f{4};
        int ended = 0;
        int waited = 0;
        ~state() {
            if (waited == 0) {
                if (ended == 0) f.open();
                f.reap();
            }
        }
    };
    support::loop_driver<> d;
    const auto await = [](state& s) -> co::task<> {
        const co::sys::exit_info end = co_await co::wait_exit(s.f.pidfd());
        CHECK(end.value == 4);
        ++s.waited;
    };
    {
        state s;
        support::root<> r(d.exec(), await(s));
        r.stop();
        d.settle();
        CHECK(r.was_cancelled());
        support::root<> again(d.exec(), await(s));
        s.f.open();
        s.ended = 1;
        d.finish(again);
        CHECK(s.waited == 1);
    }
    {
        state s;
        support::root<> r(d.exec(), await(s));
        d.settle();
        CHECK(!r.done());
        r.stop();
        s.f.open();
        s.ended = 1;
        d.settle();
        CHECK(r.was_cancelled());
        CHECK(s.waited == 0);
        support::root<> again(d.exec(), await(s));
        d.finish(again);
        CHECK(!again.error());
        CHECK(s.waited == 1);
    }
}
