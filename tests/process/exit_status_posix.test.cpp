#include "tools.hpp"

#include <cstdlib>
#include <sys/resource.h>
#include <unistd.h>

namespace co = cohort;

namespace {
const support::child_role killing("kill-self", [](int, char** argv) -> int {
    ::rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    std::signal(std::atoi(argv[1]), SIG_DFL);
    ::raise(std::atoi(argv[1]));
    return 99;
});
}  // namespace

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
