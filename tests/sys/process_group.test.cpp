#include <cohort/sys/fault.hpp>
#include <cohort/sys/io.hpp>
#include <cohort/sys/pidfd.hpp>
#include <cohort/sys/process_group.hpp>

#include "support/test.hpp"

#include <cerrno>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

namespace {
constexpr sys::process_id nobody = 0x7FFFFFF0;  // beyond the largest number of a process
}

TEST_CASE("a group runs as long as one of its members has not ended, waited for or not") {
    CHECK(sys::group_runs(::getpgrp()));
    CHECK_FALSE(sys::group_runs(nobody));
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    REQUIRE(child > 0);
    REQUIRE(::setpgid(child, child) == 0);
    const auto pidfd = sys::pidfd_open(child);
    REQUIRE(pidfd);
    CHECK(sys::group_runs(child));
    CHECK(::kill(child, SIGKILL) == 0);
    ::siginfo_t info{};
    CHECK(::waitid(P_PID, static_cast<::id_t>(child), &info, WEXITED | WNOWAIT) == 0);
    CHECK_FALSE(sys::group_runs(child));
    CHECK(sys::wait_pid(child, false));
    CHECK(sys::close(*pidfd));
}

TEST_CASE("whether a group runs is not denied for want of a descriptor") {
    for (const int error : {EMFILE, ENFILE, ENOMEM}) {
        fault::scope plan;
        fault::fail(sys::call::open, 1, error);
        CHECK(sys::group_runs(nobody));
    }
    for (const int error : {ENOENT, ESRCH, EACCES}) {  // gone, or not to be seen
        fault::scope plan;
        fault::fail(sys::call::open, 1, error);
        CHECK_FALSE(sys::group_runs(nobody));
    }
}
