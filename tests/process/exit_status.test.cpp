#include "tools.hpp"

#include <csignal>
#include <ctime>

namespace co = cohort;
using co::sys::exit_info;
using co::sys::exit_kind;

namespace {
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
    const co::exit_status nameless{exit_info(exit_kind::signaled, 60)};
    CHECK(nameless.to_string() == "killed by signal 60");
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

TEST_CASE("exit codes come back") {
    on_loop([]() -> co::task<> {
        for (const int code : {0, 1, 2, 127, 128, 255}) {
            co::child c = co_await self_command("exit", code).spawn();
            const co::exit_status status = co_await c.wait();
            REQUIRE(status.exited());
            REQUIRE(status.code() == code);
            REQUIRE(status.ok() == (code == 0));
        }
    });
}

TEST_CASE("a status carries the use of resources") {
    on_loop([]() -> co::task<> {
        co::child c = co_await self_command("burn").spawn();
        const co::exit_status status = co_await c.wait();
        REQUIRE(status.ok());
        CHECK(status.user_time() + status.system_time() >= std::chrono::milliseconds(40));
    });
}

// Wine forgets it when the process ends: GetProcessMemoryInfo gives 0.
TEST_CASE("a status carries the largest resident set", "[wine-cannot]") {
    on_loop([]() -> co::task<> {
        co::child c = co_await self_command("exit").spawn();
        const co::exit_status status = co_await c.wait();
        CHECK(status.max_rss() > 500'000);
    });
}
