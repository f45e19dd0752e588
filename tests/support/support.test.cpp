// The harness itself: each detector is shown to fail a run when it should. The tests tagged [.][harness] misbehave on purpose and
// run only in a child, which is this program again with the name of the test case as its argument.
#include "support/test.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <new>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using Catch::Matchers::ContainsSubstring;

namespace {

support::child_role greet("support-greet", [](int argc, char** argv) {
    for (int i = 0; i < argc; ++i) std::printf("[%s]", argv[i]);
    return 7;
});

support::finished run_case(const std::string& name, std::vector<std::string> environment = {}) {
    environment.push_back("COHORT_TEST_GDB=0");
    return support::run_program({support::self_path(), name}, environment);
}

/// A child that stays until it is killed.
pid_t start_sleeper() {
    pid_t pid = ::fork();
    if (pid == 0) {
        for (;;) ::pause();
    }
    return pid;
}

}  // namespace

// --- what misbehaves -----------------------------------------------------------------------------------------------------

TEST_CASE("harmless", "[.][harness]") { REQUIRE(true); }

TEST_CASE("leaks a descriptor", "[.][harness]") { REQUIRE(::open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0); }

TEST_CASE("closes a foreign descriptor", "[.][harness]") { REQUIRE(::close(STDIN_FILENO) == 0); }

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

TEST_CASE("leaks a process", "[.][harness]") { REQUIRE(start_sleeper() > 0); }

TEST_CASE("leaks an orphan", "[.][harness]") {
    pid_t pid = ::fork();
    if (pid == 0) {
        start_sleeper();
        ::_exit(0);
    }
    REQUIRE(::waitpid(pid, nullptr, 0) == pid);
}

TEST_CASE("leaks a thread", "[.][harness]") {
    std::thread([] {
        for (;;) ::pause();
    }).detach();
    REQUIRE(support::threads().size() >= 2);
}

TEST_CASE("leaks a file", "[.][harness]") {
    support::write_file(std::string(std::getenv("TMPDIR")) + "/forgotten", "x");
    REQUIRE(true);
}

TEST_CASE("leaks shared memory", "[.][harness]") {
    std::string name = "/cohort-" + std::to_string(::getpid());
    int fd = ::shm_open(name.c_str(), O_RDWR | O_CREAT, 0600);
    REQUIRE(fd >= 0);
    ::close(fd);
    std::atexit([] { ::shm_unlink(("/cohort-" + std::to_string(::getpid())).c_str()); });
}

TEST_CASE("hangs", "[.][harness]") {
    start_sleeper();
    for (;;) ::pause();
}

TEST_CASE("hangs with every signal blocked", "[.][harness]") {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    for (;;) ::pause();
}

TEST_CASE("crashes", "[.][harness]") {
    start_sleeper();
    ::kill(::getpid(), SIGKILL);
}

TEST_CASE("exits", "[.][harness]") { std::_Exit(0); }

TEST_CASE("fails", "[.][harness]") { CHECK(1 == 2); }

// --- and how the harness answers -----------------------------------------------------------------------------------------

TEST_CASE("a run of a harmless test case passes") {
    auto run = run_case("harmless");
    CHECK(run.code() == 0);
    CHECK_THAT(run.output(), ContainsSubstring("cohort-tests: 1 passed, 0 failed\n"));
}

TEST_CASE("a failed assertion fails the run") {
    auto run = run_case("fails");
    CHECK(run.code() == 1);
    CHECK_THAT(run.output(), ContainsSubstring("cohort-tests: 0 passed, 1 failed\n"));
}

TEST_CASE("a run without a test case fails") {
    auto run = run_case("there is no such test case");
    CHECK(run.code() != 0);
    CHECK_THAT(run.output(), ContainsSubstring("cohort-tests: 0 passed, 1 failed\n"));
}

TEST_CASE("what a test case leaves behind fails the run, by name") {
    struct row {
        const char* test;
        const char* said;
    };
    const row rows[] = {
        {"leaks a descriptor", " -> /dev/null\n"},
        {"closes a foreign descriptor", "descriptor 0 -> "},
        {"replaces a descriptor", "descriptor 0 -> /dev/zero, was "},
        {"leaks a zombie", "(zombie)\n"},
        {"leaks a process", "child process "},
        {"leaks an orphan", "orphaned process "},
        {"leaks a thread", "\n  thread "},
        {"leaks a file", "/forgotten\n"},
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

TEST_CASE("a test case that ends the process fails the run, by name") {
    auto killed = run_case("crashes");
    CHECK(killed.code() == 128 + SIGKILL);
    CHECK_THAT(killed.output(), ContainsSubstring("ENDED INSIDE test case \"crashes\": signal 9"));
    CHECK_THAT(killed.output(), ContainsSubstring("cohort-tests: 0 passed, 1 failed\n"));
    auto exited = run_case("exits");
    CHECK(exited.code() == 1);
    CHECK_THAT(exited.output(), ContainsSubstring("ENDED INSIDE test case \"exits\": exit code 0"));
}

TEST_CASE("a test case that hangs is reported and ended with all it started") {
    // The run ends only when its output is closed, so its end shows that the sleeping grandchild was killed as well.
    auto run = run_case("hangs", {"COHORT_TEST_TIMEOUT=0.2"});
    INFO(run.output());
    CHECK(run.code() == 128 + SIGABRT);
    CHECK_THAT(run.output(), ContainsSubstring("TIME LIMIT: test case \"hangs\" ran longer than "));
    CHECK_THAT(run.output(), ContainsSubstring("   thread "));
    CHECK_THAT(run.output(), ContainsSubstring("    2 -> pipe:["));
    CHECK_THAT(run.output(), ContainsSubstring("cohort-tests: 0 passed, 1 failed\n"));
    auto deaf = run_case("hangs with every signal blocked", {"COHORT_TEST_TIMEOUT=0.2"});
    CHECK((deaf.code() == 128 + SIGABRT || deaf.code() == 128 + SIGKILL));
}

TEST_CASE("the harness leaves no file of its own") {
    support::temp_dir place;
    auto run = run_case("leaks a file", {"TMPDIR=" + place.path()});
    CHECK(run.code() == 1);
    CHECK(::rmdir((place / ".").c_str()) == -1);
    CHECK(::rmdir(place.path().c_str()) == 0);  // only an empty directory can be removed
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
    CHECK(::sigismember(&blocked, SIGTERM) == 0);
    CHECK(::sigismember(&blocked, SIGCHLD) == 0);
}

// --- the helpers ---------------------------------------------------------------------------------------------------------

TEST_CASE("a child role gets its name and arguments and gives its exit code") {
    auto run = support::run_program(support::child_argv("support-greet", "a b", ""));
    CHECK(run.code() == 7);
    CHECK(run.output() == "[support-greet][a b][]");
    auto unknown = support::run_program(support::child_argv("nobody"));
    CHECK(unknown.code() == 2);
    CHECK_THAT(unknown.output(), ContainsSubstring("no child role \"nobody\""));
}

TEST_CASE("allocations are counted on each thread and in all") {
    const auto here = support::allocation_count();
    const auto everywhere = support::allocation_count_all_threads();
    std::unique_ptr<int> one(new int(1));
    struct alignas(64) wide {
        int value;
    };
    std::unique_ptr<wide> two(new wide{2});
    CHECK(reinterpret_cast<std::uintptr_t>(two.get()) % 64 == 0);
    const auto after = support::allocation_count();
    CHECK(after - here == 2);
    std::thread([] { delete new int(3); }).join();
    CHECK(support::allocation_count_all_threads() - everywhere >= 3);
}

TEST_CASE("open descriptors, threads and memory are seen") {
    int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    auto fds = support::open_fds();
    CHECK(fds.count(fd) == 1);
    CHECK(fds[fd] == "/dev/null");
    ::close(fd);
    CHECK(support::open_fds().count(fd) == 0);
    CHECK(support::threads().size() >= 1);

    const std::size_t size = 64 << 20, before = support::rss_bytes();
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    CHECK(support::rss_bytes() >= before + size * 3 / 4);
    ::munmap(memory, size);
}

TEST_CASE("eventually gives the last answer") {
    int looks = 0;
    CHECK(support::eventually([&] { return ++looks == 5; }));
    CHECK_FALSE(support::eventually([] { return false; }, std::chrono::milliseconds(5)));
}

TEST_CASE("a temporary directory is new and goes with its content") {
    std::string path;
    {
        support::temp_dir one, two;
        CHECK(one.path() != two.path());
        path = one.path();
        support::write_file(one / "file", "content");
        CHECK(support::read_file(one / "file") == "content");
    }
    CHECK(::access(path.c_str(), F_OK) == -1);
    CHECK_THROWS_AS(support::read_file(path), std::system_error);
}
