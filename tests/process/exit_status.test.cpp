#include "on_loop.hpp"

#include <cstdlib>
#include <sys/resource.h>
#include <unistd.h>

namespace co = cohort;
using co::sys::exit_info;
using co::sys::exit_kind;

namespace {
const support::child_role exiting("exit", [](int, char** argv) -> int { ::_exit(std::atoi(argv[1])); });
const support::child_role killing("kill-self", [](int, char** argv) -> int {
    ::rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    std::signal(std::atoi(argv[1]), SIG_DFL);
    ::raise(std::atoi(argv[1]));
    return 99;
});
const support::child_role burning("burn", [](int, char**) -> int {
    const auto began = std::clock();
    while (std::clock() - began < CLOCKS_PER_SEC / 20) {}
    return 0;
});
}  // namespace

TEST_CASE("an exit status says how a process ended") {
    const co::exit_status zero;
    CHECK(zero.ok());
    CHECK(zero.to_string() == "exited with 0");
    const co::exit_status three{exit_info(exit_kind::exited, 3)};
    CHECK(!three.ok());
    CHECK(three.exited());
    CHECK(three.code() == 3);
    CHECK(three.signal() == 0);
    CHECK(three.shell_code() == 3);
    CHECK(three.to_string() == "exited with 3");
    const co::exit_status killed{exit_info(exit_kind::signaled, SIGKILL)};
    CHECK(!killed.ok());
    CHECK(!killed.exited());
    CHECK(killed.signaled());
    CHECK(!killed.core_dumped());
    CHECK(killed.code() == -1);
    CHECK(killed.signal() == SIGKILL);
    CHECK(killed.shell_code() == 137);
    CHECK(killed.to_string() == "killed by SIGKILL");
    const co::exit_status dumped{exit_info(exit_kind::dumped, SIGSEGV)};
    CHECK(dumped.core_dumped());
    CHECK(dumped.signaled());
    CHECK(dumped.to_string() == "killed by SIGSEGV (core dumped)");
    const co::exit_status realtime{exit_info(exit_kind::signaled, 63)};  // macOS has no real-time signals to name it by
    CHECK(realtime.to_string() == "killed by signal 63");
    const co::exit_status lost = co::exit_status::unknown();
    CHECK(!lost.ok());
    CHECK(!lost.exited());
    CHECK(!lost.signaled());
    CHECK(lost.lost());
    CHECK(lost.code() == -1);
    CHECK(lost.to_string() == "exited, status lost");
    CHECK(zero == co::exit_status());
    CHECK(!(zero == three));
    CHECK(!(zero == lost));
    CHECK(!(killed == dumped));
}

TEST_CASE("every exit code comes back") {
    on_loop([]() -> co::task<> {
        for (int code = 0; code < 256; ++code) {
            co::child c = co_await co::command("/bin/sh", "-c", "exit " + std::to_string(code)).spawn();
            const co::exit_status status = co_await c.wait();
            REQUIRE(status.exited());
            REQUIRE(status.code() == code);
            REQUIRE(status.ok() == (code == 0));
        }
        co::child c = co_await self_command("exit", 256 + 7).spawn();
        const co::exit_status status = co_await c.wait();
        CHECK(status.code() == 7);
    });
}

TEST_CASE("every deadly signal comes back, without a core file where none may be written") {
    on_loop([]() -> co::task<> {
        for (const int sig : {SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGFPE, SIGKILL, SIGSEGV, SIGPIPE, SIGALRM, SIGTERM,
                              SIGUSR1
#if defined(SIGRTMIN)  // macOS has no real-time signals
                              , SIGRTMIN, SIGRTMAX
#endif
             }) {
            co::child c = co_await self_command("kill-self", sig).spawn();
            const co::exit_status status = co_await c.wait();
            CHECK(status.signaled());
            CHECK(status.signal() == sig);
            CHECK(!status.core_dumped());
        }
    });
}

TEST_CASE("a status carries the use of resources") {
    on_loop([]() -> co::task<> {
        co::child c = co_await self_command("burn").spawn();
        const co::exit_status status = co_await c.wait();
        REQUIRE(status.ok());
        CHECK(status.user_time() + status.system_time() >= std::chrono::milliseconds(40));
        CHECK(status.max_rss() > 500'000);
    });
}
