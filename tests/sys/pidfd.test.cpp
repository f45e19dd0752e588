#include <cohort/sys/fault.hpp>
#include <cohort/sys/io.hpp>
#include <cohort/sys/pidfd.hpp>
#include <cohort/sys/platform.hpp>
#include <cohort/sys/poll.hpp>

#include "support/test.hpp"
#include "sys/interrupt.hpp"

#include <csignal>
#include <cstring>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

namespace {

/// A child that waits for a byte or the end of its pipe and then runs `last`.
class gated_child {
public:
    template <class Last> explicit gated_child(Last last) {
        int gate[2];
        REQUIRE(pipe(gate) == 0);
        pid_ = fork();
        if (pid_ == 0) {
            char c;
            close(gate[1]);
            while (read(gate[0], &c, 1) == -1 && errno == EINTR) {}
            last();
            _exit(0);
        }
        close(gate[0]);
        gate_ = gate[1];
        fd_ = *sys::pidfd_open(pid_);
    }
    ~gated_child() {
        open();
        (void)sys::close(fd_);
    }
    gated_child(const gated_child&) = delete;
    gated_child& operator=(const gated_child&) = delete;

    void open() {
        if (gate_ >= 0) close(gate_);
        gate_ = -1;
    }
    pid_t pid() const { return pid_; }
    int fd() const { return fd_; }

private:
    pid_t pid_;
    int gate_;
    int fd_;
};

}  // namespace

TEST_CASE("a pidfd is readable at the end of its process, which is then reaped") {
    gated_child child([] { _exit(42); });
    CHECK(*sys::is_close_on_exec(child.fd()));
    CHECK(sys::wait_pidfd(child.fd(), true).would_block());
    sys::poll_entry entry{child.fd(), sys::poll_in, 0};
    CHECK(*sys::poll(&entry, 1, 0) == 0);
    child.open();
    CHECK(*sys::poll(&entry, 1, -1) == 1);
    const sys::outcome<sys::exit_info> end = sys::wait_pidfd(child.fd(), true);
    REQUIRE(end);
    CHECK(end->kind == sys::exit_kind::exited);
    CHECK(end->value == 42);
    CHECK(end->max_rss >= 100 * 1024);
    CHECK(sys::wait_pidfd(child.fd(), true).error() == ECHILD);
    CHECK(sys::pidfd_send_signal(child.fd(), 0).error() == ESRCH);
}

TEST_CASE("the use of the processor is reported") {
    gated_child child([] {
        rusage used{};
        while (used.ru_utime.tv_sec == 0 && used.ru_utime.tv_usec < 50000) getrusage(RUSAGE_SELF, &used);
    });
    child.open();
    const sys::outcome<sys::exit_info> end = sys::wait_pidfd(child.fd(), false);
    REQUIRE(end);
    CHECK(end->user_time + end->system_time >= std::chrono::milliseconds(50));
    CHECK(end->user_time < std::chrono::seconds(30));
}

TEST_CASE("a signal by pidfd ends the child and is its status") {
    gated_child child([] {});
    CHECK(sys::pidfd_send_signal(child.fd(), 0));
    CHECK(sys::pidfd_send_signal(child.fd(), 10000).error() == EINVAL);
    CHECK(sys::pidfd_send_signal(child.fd(), SIGTERM));
    const sys::outcome<sys::exit_info> end = sys::wait_pidfd(child.fd(), false);
    REQUIRE(end);
    CHECK(end->kind == sys::exit_kind::signaled);
    CHECK(end->value == SIGTERM);
}

TEST_CASE("a status that another wait took is still there for the pidfd") {
    for (const bool killed : {false, true}) {
        gated_child child([] { _exit(42); });
        CHECK(sys::pidfd_exit_info(child.fd()).error() != 0);  // EAGAIN, or ENOTTY where the kernel is older
        if (killed) CHECK(sys::pidfd_send_signal(child.fd(), SIGKILL));
        child.open();
        int status = 0;
        REQUIRE(waitpid(-1, &status, 0) == child.pid());  // the thief
        CHECK(sys::wait_pidfd(child.fd(), false).error() == ECHILD);
        const sys::outcome<sys::exit_info> end = sys::pidfd_exit_info(child.fd());
        if (end.error() == ENOTTY || end.error() == EINVAL || end.error() == ENOSYS) {
            WARN("this kernel keeps no exit status in a pidfd");
            continue;
        }
        REQUIRE(end);
        CHECK(end->kind == (killed ? sys::exit_kind::signaled : sys::exit_kind::exited));
        CHECK(end->value == (killed ? SIGKILL : 42));
    }
}

TEST_CASE("a running child has no exit status to recover") {
    gated_child child([] {});
    const int error = sys::pidfd_exit_info(child.fd()).error();
    CHECK((error == EAGAIN || error == ENOTTY || error == EINVAL || error == ENOSYS));
    child.open();
    CHECK(sys::wait_pidfd(child.fd(), false));
}

TEST_CASE("wait statuses are told apart") {
    CHECK(sys::detail::from_wait_status(7 << 8).value == 7);
    CHECK(sys::detail::from_wait_status(7 << 8).kind == sys::exit_kind::exited);
    CHECK(sys::detail::from_wait_status(SIGSEGV).kind == sys::exit_kind::signaled);
    CHECK(sys::detail::from_wait_status(SIGSEGV | 0x80).kind == sys::exit_kind::dumped);
    CHECK(sys::detail::from_wait_status(SIGSEGV | 0x80).value == SIGSEGV);
}

TEST_CASE("waiting for a child goes past EINTR") {
    gated_child child([] {});
    support::interruptions interrupting;
    sys::outcome<sys::exit_info> end = sys::failure(EINVAL);
    {
        fault::scope plan;
        fault::fail(sys::call::pidfd_wait, 1, EINTR);
        CHECK(sys::wait_pidfd(child.fd(), true).would_block());
        CHECK(fault::count(sys::call::pidfd_wait) == 2);
    }
    {
        support::interrupted_thread waiting([&] { end = sys::wait_pidfd(child.fd(), false); });
        // ThreadSanitizer runs handlers only inside the calls that it knows, and this wait is not one of them.
        if (!COHORT_TSAN) waiting.interrupt();
        CHECK(waiting.sleeps());
        child.open();
    }
    CHECK(end);
}

TEST_CASE("errors of pidfds are reported") {
    CHECK(sys::pidfd_open(-1).error() == EINVAL);
    CHECK(sys::pidfd_open(0x7FFFFFFE).error() == ESRCH);
    CHECK(sys::wait_pidfd(-1, true).error() == EINVAL);
    CHECK(sys::wait_pidfd(0x7FFFFFF, true).error() == EBADF);
    CHECK(sys::pidfd_send_signal(-1, 0).error() == EBADF);
    CHECK(sys::pidfd_exit_info(-1).error() == EBADF);
    const int self = *sys::pidfd_open(getpid());
    CHECK(sys::wait_pidfd(self, true).error() == ECHILD);
    CHECK(sys::close(self));
    fault::scope plan;
    fault::fail(sys::call::pidfd_open, 1, EMFILE);
    CHECK(sys::pidfd_open(getpid()).error() == EMFILE);
}
