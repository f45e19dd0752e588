#include <cohort/sys/fault.hpp>
#include <cohort/sys/process.hpp>

#include "support/test.hpp"

#include <climits>
#include <csignal>
#include <cstdlib>
#include <string>

#include <sched.h>
#include <unistd.h>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

TEST_CASE("this process knows itself") {
    CHECK(sys::getpid() == ::getpid());
    CHECK(sys::getppid() == ::getppid());
    char path[PATH_MAX];
    const sys::outcome<std::size_t> length = sys::executable_path(path, sizeof path);
    REQUIRE(length);
    CHECK(std::string(path) == support::self_path());
    CHECK(*length == support::self_path().size());
    CHECK(sys::executable_path(path, *length).error() == ERANGE);
    CHECK(sys::executable_path(path, *length + 1));
    char directory[PATH_MAX];
    const sys::outcome<std::size_t> size = sys::getcwd(directory, sizeof directory);
    REQUIRE(size);
    CHECK(*size == std::string(directory).size());
    CHECK(directory[0] == '/');
    CHECK(sys::getcwd(directory, 1).error() == ERANGE);
    CHECK(sys::environment() == environ);
}

#if COHORT_OS_LINUX  // by the calls of Linux
TEST_CASE("the usable CPUs are those of the affinity mask") {
    cpu_set_t former;
    REQUIRE(sched_getaffinity(0, sizeof former, &former) == 0);
    CHECK(*sys::usable_cpus() == CPU_COUNT(&former));
    int first = 0;
    while (!CPU_ISSET(first, &former)) ++first;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(*sys::usable_cpus() == 1);
    REQUIRE(sched_setaffinity(0, sizeof former, &former) == 0);
}
#endif

TEST_CASE("a child is waited for by its number") {
    const pid_t child = fork();
    if (child == 0) sys::exit_now(23);
    const sys::outcome<sys::exit_info> end = sys::wait_pid(child, false);
    REQUIRE(end);
    CHECK(end->kind == sys::exit_kind::exited);
    CHECK(end->value == 23);
    CHECK(end->max_rss > 0);
    CHECK(sys::wait_pid(child, false).error() == ECHILD);
    CHECK(sys::wait_pid(-1, true).error() == EINVAL);
    CHECK(sys::wait_pid(0, true).error() == EINVAL);
}

TEST_CASE("a running child would have to be waited for") {
    int gate[2];
    REQUIRE(pipe(gate) == 0);
    const pid_t child = fork();
    if (child == 0) {
        char c;
        close(gate[1]);
        (void)!read(gate[0], &c, 1);
        raise(SIGKILL);
    }
    close(gate[0]);
    CHECK(sys::wait_pid(child, true).would_block());
    close(gate[1]);
    fault::scope plan;
    fault::fail(sys::call::wait_pid, 1, EINTR);
    const sys::outcome<sys::exit_info> end = sys::wait_pid(child, false);
    REQUIRE(end);
    CHECK(end->kind == sys::exit_kind::signaled);
    CHECK(end->value == SIGKILL);
    CHECK(fault::count(sys::call::wait_pid) == 2);
}

TEST_CASE("errors about this process come through the seam") {
    char buffer[64];
    fault::scope plan;
    fault::fail(sys::call::getcwd, 1, ENOENT);
    fault::fail(sys::call::executable_path, 1, EACCES);
    fault::fail(sys::call::affinity, 1, EPERM);
    CHECK(sys::getcwd(buffer, sizeof buffer).error() == ENOENT);
    CHECK(sys::executable_path(buffer, sizeof buffer).error() == EACCES);
    CHECK(sys::usable_cpus().error() == EPERM);
}
