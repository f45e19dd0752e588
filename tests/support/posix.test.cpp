// The harness as in support.test.cpp, for what only POSIX has: zombies, signals, descriptors with fixed numbers, shared memory
// that outlives its process.
#include "support/test.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

using Catch::Matchers::ContainsSubstring;

namespace {

support::finished run_case(const std::string& name, std::vector<std::string> environment = {}) {
    environment.push_back("COHORT_TEST_GDB=0");
    return support::run_program({support::self_path(), name}, environment);
}

}  // namespace

TEST_CASE("replaces a descriptor", "[.][harness]") {
    int fd = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
    REQUIRE(::dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    ::close(fd);
}

TEST_CASE("leaks a zombie", "[.][harness]") {
    pid_t pid = ::fork();
    if (pid == 0) ::_exit(0);
    REQUIRE(support::eventually([&] { return support::process_state(pid) == 'Z'; }));
}

TEST_CASE("leaks shared memory", "[.][harness]") {
    std::string name = "/cohort-" + std::to_string(::getpid());
    int fd = ::shm_open(name.c_str(), O_RDWR | O_CREAT, 0600);
    REQUIRE(fd >= 0);
    ::close(fd);
    std::atexit([] { ::shm_unlink(("/cohort-" + std::to_string(::getpid())).c_str()); });
}

TEST_CASE("crashes by a signal", "[.][harness]") { ::kill(::getpid(), SIGKILL); }

TEST_CASE("hangs as long as it may", "[.][harness]") {
    for (;;) ::pause();
}

TEST_CASE("hangs with every signal blocked", "[.][harness]") {
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    for (;;) ::pause();
}

// --- and how the harness answers -----------------------------------------------------------------------------------------

TEST_CASE("what a test case leaves behind on POSIX fails the run, by name") {
    struct row {
        const char* test;
        const char* said;
    };
    const row rows[] = {
        {"replaces a descriptor", "descriptor 0 -> /dev/zero, was "},
        {"leaks a zombie", "(zombie)\n"},
        {"leaks shared memory", "file /dev/shm/cohort-"},
    };
    for (const row& r : rows) {
        INFO(r.test);
        auto run = run_case(r.test);
        INFO(run.output());
        CHECK(run.code() == 1);
        CHECK_THAT(run.output(), ContainsSubstring(std::string("LEFT BEHIND by test case \"") + r.test + "\":\n"));
        CHECK_THAT(run.output(), ContainsSubstring(r.said));
        CHECK_THAT(run.output(), ContainsSubstring("cohort-tests: 0 passed, 1 failed\n"));
    }
}

TEST_CASE("a signal that ends a test case is named") {
    auto killed = run_case("crashes by a signal");
    CHECK(killed.code() == 128 + SIGKILL);
    CHECK_THAT(killed.output(), ContainsSubstring("ENDED INSIDE test case \"crashes by a signal\": signal 9"));
}

TEST_CASE("a test case that hangs is ended by SIGABRT, or SIGKILL where it is deaf") {
    auto run = run_case("hangs as long as it may", {"COHORT_TEST_TIMEOUT=0.2"});
    INFO(run.output());
    CHECK(run.code() == 128 + SIGABRT);
    CHECK_THAT(run.output(), ContainsSubstring("    2 -> pipe:["));
    auto deaf = run_case("hangs with every signal blocked", {"COHORT_TEST_TIMEOUT=0.2"});
    CHECK((deaf.code() == 128 + SIGABRT || deaf.code() == 128 + SIGKILL));
}

TEST_CASE("the tests run with default signal dispositions") {
    if (std::getenv("COHORT_TEST_IGNORING") == nullptr) {  // once more, started as nohup would
        struct sigaction ignore {}, before {};
        ignore.sa_handler = SIG_IGN;
        REQUIRE(::sigaction(SIGHUP, &ignore, &before) == 0);
        auto ignoring = run_case("the tests run with default signal dispositions", {"COHORT_TEST_IGNORING=1"});
        REQUIRE(::sigaction(SIGHUP, &before, nullptr) == 0);
        INFO(ignoring.output());
        CHECK(ignoring.code() == 0);
    }
    for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD, SIGUSR1}) {
        struct sigaction now {};
        REQUIRE(::sigaction(signal, nullptr, &now) == 0);
        INFO(signal);
        CHECK(now.sa_handler == SIG_DFL);
    }
    sigset_t blocked;
    REQUIRE(::sigprocmask(SIG_SETMASK, nullptr, &blocked) == 0);
    CHECK(sigismember(&blocked, SIGTERM) == 0);
    CHECK(sigismember(&blocked, SIGCHLD) == 0);
}
