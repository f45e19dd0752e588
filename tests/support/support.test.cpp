// The harness itself: each detector is shown to fail a run when it should. The tests tagged [.][harness] misbehave on purpose and
// run only in a child, which is this program again with the name of the test case as its argument.
#include "support/environment.hpp"
#include "support/open.hpp"
#include "support/test.hpp"
#include "support/watchdog.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <thread>

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

support::child_role sleeper("support-sleeper", [](int, char**) -> int { support::wait_for_ever(); });

/// A child that stays until it is killed.
pid_t start_sleeper() { return support::start_program(support::child_argv("support-sleeper")); }

support::child_role leaver("support-leaver", [](int, char**) {
    start_sleeper();
    return 0;
});

}  // namespace

// --- what misbehaves -----------------------------------------------------------------------------------------------------

TEST_CASE("harmless", "[.][harness]") { REQUIRE(true); }

TEST_CASE("leaks a descriptor", "[.][harness]") { REQUIRE(support::open_null() > 2); }

TEST_CASE("closes a foreign descriptor", "[.][harness]") { REQUIRE(support::close_stdin()); }

TEST_CASE("leaks a process", "[.][harness]") { REQUIRE(start_sleeper() > 0); }

TEST_CASE("leaks an orphan", "[.][harness]") {
    REQUIRE(support::run_in_place(support::child_argv("support-leaver")) == 0);
}

TEST_CASE("leaks a thread", "[.][harness]") {
    std::thread([] { support::wait_for_ever(); }).detach();
    REQUIRE(support::threads().size() >= 2);
}

TEST_CASE("leaks a file", "[.][harness]") {
    support::write_file(support::environment("TMPDIR") + "/forgotten", "x");
    REQUIRE(true);
}

TEST_CASE("hangs", "[.][harness]") {
    start_sleeper();
    support::wait_for_ever();
}

TEST_CASE("crashes", "[.][harness]") {
    start_sleeper();
    support::end_abruptly();
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
        {"leaks a descriptor", support::null_shown},
        {"closes a foreign descriptor", "descriptor 0 -> "},
        {"leaks a process", "child process "},
        {"leaks an orphan", "orphaned process "},
        {"leaks a thread", "\n  thread "},
        {"leaks a file", "/forgotten\n"},
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
    CHECK(killed.code() == 137);
    CHECK_THAT(killed.output(), ContainsSubstring("ENDED INSIDE test case \"crashes\": "));
    CHECK_THAT(killed.output(), ContainsSubstring("cohort-tests: 0 passed, 1 failed\n"));
    auto exited = run_case("exits");
    CHECK(exited.code() == 1);
    CHECK_THAT(exited.output(), ContainsSubstring("ENDED INSIDE test case \"exits\": exit code 0"));
}

TEST_CASE("a test case that hangs is reported and ended with all it started") {
    // The run ends only when its output is closed, so its end shows that the sleeping grandchild was killed as well.
    auto run = run_case("hangs", {"COHORT_TEST_TIMEOUT=0.2"});
    INFO(run.output());
    CHECK(run.code() == 134);
    CHECK_THAT(run.output(), ContainsSubstring("TIME LIMIT: test case \"hangs\" ran longer than "));
    CHECK_THAT(run.output(), ContainsSubstring("   thread "));
    CHECK_THAT(run.output(), ContainsSubstring("cohort-tests: 0 passed, 1 failed\n"));
}

TEST_CASE("the harness leaves no file of its own") {
    support::temp_dir place;
    auto run = run_case("leaks a file", {"TMPDIR=" + place.path()});
    CHECK(run.code() == 1);
    CHECK(std::filesystem::is_empty(place.path()));
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
    const int fd = support::open_null();
    auto fds = support::open_fds();
    CHECK(fds.count(fd) == 1);
    CHECK_THAT(fds[fd], ContainsSubstring(support::null_shown));
    support::close_descriptor(fd);
    CHECK(support::open_fds().count(fd) == 0);
    CHECK(support::threads().size() >= 1);

    const std::size_t size = 64 << 20, before = support::rss_bytes();
    std::unique_ptr<char[]> memory(new char[size]);
    for (std::size_t i = 0; i < size; i += 4096) static_cast<volatile char*>(memory.get())[i] = 1;
    CHECK(support::rss_bytes() >= before + size * 3 / 4);
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
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK_THROWS_AS(support::read_file(path), std::system_error);
}
