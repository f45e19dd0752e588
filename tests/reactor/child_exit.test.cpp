#include "support/cancellation.hpp"
#include "support/loop_driver.hpp"
#include "support/test.hpp"

#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/async/timeout.hpp>
#include <cohort/reactor/child_exit.hpp>
#include <cohort/sys/fault.hpp>
#include <cohort/sys/pidfd.hpp>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

/// A forked child that ends with a code, at once or when its pipe is closed.
class forked {
public:
    explicit forked(int code, bool waits = false) {
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::close(ends[1]);
            char byte;
            if (waits) static_cast<void>(!::read(ends[0], &byte, 1));
            ::_exit(code);
        }
        ::close(ends[0]);
        gate_ = ends[1];
        const auto fd = co::sys::pidfd_open(pid_);
        REQUIRE(fd);
        pidfd_ = co::registration<co::loop>(*fd, co::descriptor_kind::process);
    }
    ~forked() {
        if (gate_ >= 0) ::close(gate_);
    }
    forked(const forked&) = delete;
    forked& operator=(const forked&) = delete;

    void let_go() {
        ::close(gate_);
        gate_ = -1;
    }
    pid_t pid() const { return pid_; }
    co::registration<co::loop>& pidfd() { return pidfd_; }

private:
    pid_t pid_;
    int gate_ = -1;
    co::registration<co::loop> pidfd_;
};

/// Whether this kernel keeps the status of a reaped process for those who hold its pidfd.
bool kernel_keeps_status() {
    forked probe(3);
    REQUIRE(::waitpid(probe.pid(), nullptr, 0) == probe.pid());
    return bool(co::sys::pidfd_exit_info(probe.pidfd().native()));
}

}  // namespace

TEST_CASE("the end of a process, before and after the wait began") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        forked quick(5);
        siginfo_t info;
        REQUIRE(::waitid(P_PID, id_t(quick.pid()), &info, WEXITED | WNOWAIT) == 0);
        const co::sys::exit_info first = co_await co::wait_exit(quick.pidfd());
        CHECK(first.kind == co::sys::exit_kind::exited);
        CHECK(first.value == 5);

        forked slow(6, true);
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([](forked& f) -> co::task<> {
                const co::sys::exit_info end = co_await co::wait_exit(f.pidfd());
                CHECK(end.value == 6);
            }, std::ref(slow));
            co_await co::sleep(1ms);
            slow.let_go();
        });

        forked killed(0, true);
        ::kill(killed.pid(), SIGKILL);
        const co::sys::exit_info third = co_await co::wait_exit(killed.pidfd());
        CHECK(third.kind == co::sys::exit_kind::signaled);
        CHECK(third.value == SIGKILL);
    };
    loop.run(main());
}

TEST_CASE("a stopped process has not ended") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        forked f(9, true);
        ::kill(f.pid(), SIGSTOP);
        siginfo_t info;
        REQUIRE(::waitid(P_PID, id_t(f.pid()), &info, WSTOPPED | WNOWAIT) == 0);
        const auto nothing = co_await co::timeout(20ms, co::wait_exit(f.pidfd()));
        CHECK(nothing.timed_out());
        ::kill(f.pid(), SIGCONT);
        f.let_go();
        const co::sys::exit_info end = co_await co::wait_exit(f.pidfd());
        CHECK(end.value == 9);
    };
    loop.run(main());
}

TEST_CASE("many processes end at once") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        std::vector<std::unique_ptr<forked>> all;
        for (int i = 0; i < 50; ++i) all.push_back(std::make_unique<forked>(i, true));
        int sum = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (auto& f : all)
                s.spawn([](forked& one, int& total) -> co::task<> {
                    const co::sys::exit_info end = co_await co::wait_exit(one.pidfd());
                    total += end.value;
                }, std::ref(*f), std::ref(sum));
            co_await co::sleep(1ms);
            for (auto& f : all) f->let_go();
        });
        CHECK(sum == 49 * 50 / 2);
    };
    loop.run(main());
}

TEST_CASE("a status that a foreign wait took is recovered where the kernel keeps it, else said to be lost") {
    const bool kept = kernel_keeps_status();
    co::loop loop;
    const auto main = [&]() -> co::task<> {
        forked f(7);
        REQUIRE(::waitpid(f.pid(), nullptr, 0) == f.pid());  // the thief
        std::string text;
        int value = -1;
        try {
            const co::sys::exit_info end = co_await co::wait_exit(f.pidfd());
            value = end.value;
        } catch (const co::error& e) {
            text = e.what();
        }
        if (kept) CHECK(value == 7);
        else CHECK(text == "wait: No child processes");
    };
    loop.run(main());
}

#if defined(COHORT_FAULTS)
TEST_CASE("without PIDFD_GET_INFO a stolen status is ECHILD") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        forked f(7);
        REQUIRE(::waitpid(f.pid(), nullptr, 0) == f.pid());
        co::sys::fault::scope plan;
        co::sys::fault::fail(co::sys::call::pidfd_info, 1, ENOTTY);
        std::string text;
        try {
            static_cast<void>(co_await co::wait_exit(f.pidfd()));
        } catch (const co::error& e) {
            text = e.what();
        }
        CHECK(text == "wait: No child processes");
    };
    loop.run(main());
}
#endif

TEST_CASE("a wait that was cancelled leaves the process to be waited for") {
    struct state {
        forked f{4, true};
        int ended = 0;
        int waited = 0;
        ~state() {
            if (waited == 0) {
                if (ended == 0) f.let_go();
                ::waitpid(f.pid(), nullptr, 0);
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
        s.f.let_go();
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
        s.f.let_go();
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
