#include <cohort/sys/fault.hpp>
#include <cohort/sys/process.hpp>
#include <cohort/sys/signal.hpp>
#include <cohort/sys/signal_name.hpp>

#include "support/test.hpp"

#include <csignal>
#include <string>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

namespace {
volatile std::sig_atomic_t last_signal = 0;
void remember(int sig) { last_signal = sig; }
}  // namespace

TEST_CASE("a handler is installed, runs and is taken back") {
    const sys::outcome<sys::saved_action> outer = sys::install_signal_handler(SIGUSR2, SIG_IGN);
    REQUIRE(outer);
    const sys::outcome<sys::saved_action> former = sys::install_signal_handler(SIGUSR2, remember);
    REQUIRE(former);
    CHECK(former->action().sa_handler == SIG_IGN);
    last_signal = 0;
    CHECK(sys::raise(SIGUSR2));
    CHECK(last_signal == SIGUSR2);
    CHECK(sys::restore_signal(SIGUSR2, *former));
    last_signal = 0;
    CHECK(sys::raise(SIGUSR2));
    CHECK(last_signal == 0);
    CHECK(sys::restore_signal(SIGUSR2, *outer));
    CHECK(sys::install_signal_handler(SIGKILL, remember).error() == EINVAL);
    CHECK(sys::install_signal_handler(10000, remember).error() == EINVAL);
    CHECK(sys::raise(10000).error() == EINVAL);
}

TEST_CASE("a blocked signal waits until it is unblocked") {
    const sys::outcome<sys::saved_action> former = sys::install_signal_handler(SIGUSR2, remember);
    last_signal = 0;
    CHECK_FALSE(*sys::block_signal(SIGUSR2));
    CHECK(*sys::block_signal(SIGUSR2));
    CHECK(sys::kill(sys::getpid(), 0));
    CHECK(sys::raise(SIGUSR2));
    CHECK(last_signal == 0);
    CHECK(*sys::unblock_signal(SIGUSR2));
    CHECK(last_signal == SIGUSR2);
    CHECK_FALSE(*sys::unblock_signal(SIGUSR2));
    CHECK(sys::restore_signal(SIGUSR2, *former));
    CHECK(sys::block_signal(10000).error() == EINVAL);
    CHECK(sys::unblock_signal(-1).error() == EINVAL);
    CHECK(sys::kill(0x7FFFFFFF, 0).error() == ESRCH);
}

TEST_CASE("a signal kept from a thread is discarded") {
    const sys::outcome<sys::saved_action> former = sys::install_signal_handler(SIGUSR2, remember);
    last_signal = 0;
    {
        const sys::signal_blocked blocked(SIGUSR2);
        CHECK(sys::raise(SIGUSR2));
        {
            const sys::signal_blocked inner(SIGUSR2);
        }
        CHECK(*sys::block_signal(SIGUSR2));  // the inner one has left it blocked
    }
    CHECK_FALSE(*sys::unblock_signal(SIGUSR2));
    CHECK(last_signal == 0);

    // Blocked before: what is raised meanwhile waits for who blocked it.
    CHECK_FALSE(*sys::block_signal(SIGUSR2));
    {
        const sys::signal_blocked blocked(SIGUSR2);
        CHECK(sys::raise(SIGUSR2));
    }
    CHECK(last_signal == 0);
    CHECK(*sys::unblock_signal(SIGUSR2));
    CHECK(last_signal == SIGUSR2);

    // Not blocked, hence not unblocked at the end.
    last_signal = 0;
    {
        fault::scope plan;
        fault::fail(sys::call::sigmask, 1, EFAULT);
        const sys::signal_blocked blocked(SIGUSR2);
        CHECK(sys::raise(SIGUSR2));
        CHECK(last_signal == SIGUSR2);
    }
    CHECK_FALSE(*sys::unblock_signal(SIGUSR2));
    CHECK(sys::restore_signal(SIGUSR2, *former));
}

TEST_CASE("errors of signals come through the seam") {
    fault::scope plan;
    fault::fail(sys::call::sigaction, 1, EFAULT);
    fault::fail(sys::call::sigmask, 1, EFAULT);
    fault::fail(sys::call::kill, 1, EPERM);
    CHECK(sys::install_signal_handler(SIGUSR2, SIG_IGN).error() == EFAULT);
    CHECK(sys::block_signal(SIGUSR2).error() == EFAULT);
    CHECK(sys::kill(sys::getpid(), 0).error() == EPERM);
}

TEST_CASE("signals have names") {
    CHECK(std::string(sys::signal_name(15)) == "SIGTERM");
    CHECK(sys::signal_number("SIGTERM") == 15);
    CHECK(sys::signal_number("TERM") == 15);
    CHECK(sys::signal_number("KILL") == SIGKILL);
    CHECK(sys::signal_number("") == 0);
    CHECK(sys::signal_number("SIG") == 0);
    CHECK(sys::signal_number("term") == 0);
    CHECK(sys::signal_name(0) == nullptr);
    CHECK(sys::signal_name(63) == nullptr);  // a real-time signal, where there are any
    CHECK(sys::signal_text(15) == "SIGTERM");
    CHECK(sys::signal_text(32) == "32");
    for (int sig = 1; sig < 32; ++sig) {  // all the standard ones, there and back
        REQUIRE(sys::signal_name(sig) != nullptr);
        CHECK(sys::signal_number(sys::signal_name(sig)) == sig);
    }
}
