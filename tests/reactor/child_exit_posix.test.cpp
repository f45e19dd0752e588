// What can come between a process and who waits for it on POSIX: a stop, and a foreign wait that takes its status.
#include "support/gated_child.hpp"
#include "support/loop_driver.hpp"
#include "support/test.hpp"

#include <cohort/async/timeout.hpp>
#include <cohort/reactor/child_exit.hpp>
#include <cohort/sys/fault.hpp>
#include <cohort/sys/pidfd.hpp>

#include <csignal>
#include <string>
#include <sys/wait.h>

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

/// Whether this kernel keeps the status of a reaped process for those who hold its pidfd.
bool kernel_keeps_status() {
    watched probe(3);
    probe.open();
    probe.reap();
    return bool(co::sys::pidfd_exit_info(probe.pidfd().native()));
}

}  // namespace

TEST_CASE("a stopped process has not ended") {
    co::loop loop;
    const auto main = []() -> co::task<> {
        watched f(9);
        ::kill(f.pid(), SIGSTOP);
        siginfo_t info;
        REQUIRE(::waitid(P_PID, id_t(f.pid()), &info, WSTOPPED | WNOWAIT) == 0);
        const auto nothing = co_await co::timeout(20ms, co::wait_exit(f.pidfd()));
        CHECK(nothing.timed_out());
        ::kill(f.pid(), SIGCONT);
        f.open();
        const co::sys::exit_info end = co_await co::wait_exit(f.pidfd());
        CHECK(end.value == 9);
    };
    loop.run(main());
}

TEST_CASE("a status that a foreign wait took is recovered where the kernel keeps it, else said to be lost") {
    const bool kept = kernel_keeps_status();
    co::loop loop;
    const auto main = [&]() -> co::task<> {
        watched f(7);
        f.open();
        f.reap();  // the thief
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
        watched f(7);
        f.open();
        f.reap();
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
