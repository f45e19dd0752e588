#include "on_loop.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/async/timeout.hpp>

#include <unistd.h>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

const support::child_role stubborn_flood("stubborn-flood", [](int, char**) -> int {
    std::signal(SIGTERM, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    const std::string block(4096, 'f');
    for (;;) static_cast<void>(::write(1, block.data(), block.size()));
});

const support::child_role stubborn_sleep("stubborn-sleep", [](int, char**) -> int {
    std::signal(SIGTERM, SIG_IGN);
    static_cast<void>(::write(1, "ready", 5));
    for (;;) ::pause();
});

}  // namespace

TEST_CASE("text throws what went wrong with a program of the system") {
    on_loop([]() -> co::task<> {
        auto text = co_await co::command("printf", "one\\ntwo\\n\\n").text();
        CHECK(text == "one\ntwo\n");
        try {
            co_await co::command("sh", "-c", "echo; echo 'fatal: first' >&2; echo second >&2; exit 128").text();
            FAIL("no exception");
        } catch (const co::command_failed& e) {
            const std::string what = e.what();
            CHECK(what.find("sh exited with 128 after ") == 0);
            CHECK(what.find(" ms: fatal: first") == what.size() - 17);
            CHECK(e.code().value() == 128);
            CHECK(e.status().code() == 128);
            CHECK(e.code().message() == "exited with 128");
        }
        auto killed = co_await co::attempt(co::exec("kill -9 $$").text());
        CHECK(killed.message().find("kill -9 $$ killed by SIGKILL after ") == 0);
        CHECK(killed.code().message() == "killed by signal 9");
        auto late = co_await co::attempt(co::command("sleep", 1000).timeout(1ms).text());
        CHECK(late.message().find("sleep 1000 killed by SIGTERM, stopped by timeout (SIGTERM) after ") == 0);
        auto named = co_await co::attempt(co::command("/bin/ls", "/no/such/file").text());
        CHECK(named.message().find("ls /no/such/file exited with ") == 0);
    });
}

TEST_CASE("exec runs a line of /bin/sh") {
    on_loop([]() -> co::task<> {
        auto piped = co_await co::exec("printf 'b\\na\\n' | sort | tr -d '\\n'");
        CHECK(piped.out() == "ab");
        auto here = co_await co::exec("pwd").cwd("/");
        CHECK(here.out() == "/\n");
        auto in_time = co_await co::timeout(10s, co::exec("echo in time"));
        REQUIRE(in_time);
        CHECK((*in_time).out() == "in time\n");
    });
}

TEST_CASE("a limit stops a command that never ends, by its ladder") {
    on_loop([]() -> co::task<> {
        auto fail = co_await co::attempt(
            self_command("stubborn-flood").capture_limit(1000).on_stop(co::ladder(SIGTERM, 10ms).then_kill()).output());
        CHECK(fail.message().find("output \"") == 0);
        CHECK(fail.message().find("(limit 1000 bytes)\": No buffer space available") != std::string::npos);
    });
}

TEST_CASE("a timeout stops a command that handles or ignores the request, and the result says how") {
    on_loop([]() -> co::task<> {
        // However slow the machine: again with more time, until the child got as far as that.
        auto limit = 100ms;
        auto asked = co_await co::exec("echo before; exec sleep 1000").timeout(limit).output();
        for (; asked.out().empty(); limit *= 2)
            asked = co_await co::exec("echo before; exec sleep 1000").timeout(2 * limit).output();
        CHECK(!asked.ok());
        CHECK(asked.status().signal() == SIGTERM);
        CHECK(asked.stopped_by().why() == co::stop_cause::reason::timeout);
        CHECK(asked.stopped_by().signal() == SIGTERM);
        CHECK(asked.out() == "before\n");
        CHECK(asked.duration() >= 100ms);
        const co::ladder quick = co::ladder(SIGTERM, 10ms).then_kill();
        auto forced = co_await self_command("stubborn-sleep").timeout(limit).on_stop(quick).output();
        for (; forced.out().empty(); limit *= 2)
            forced = co_await self_command("stubborn-sleep").timeout(2 * limit).on_stop(quick).output();
        CHECK(forced.status().signal() == SIGKILL);
        CHECK(forced.stopped_by().signal() == SIGKILL);
        CHECK(forced.stopped_by().to_string() == "timeout (SIGKILL)");
    });
}

TEST_CASE("a shell's grandchild that holds the output open does not keep the result") {
    on_loop([]() -> co::task<> {
        auto held = co_await co::exec("sleep 1000 & echo $!").output_grace(50ms).output();
        CHECK(held.ok());
        CHECK(!held.output_complete());
        const int grandchild = std::stoi(text_of(held.out()));
        CHECK(::kill(grandchild, SIGKILL) == 0);
        // What it writes within the grace is part of the output, however long that goes on.
        co::command later = co::exec("(for i in 1 2 3 4 5 6; do sleep 0.1; echo $i; done) & echo 0").output_grace(5s);
        auto slow = co_await later.output();
        CHECK(slow.out() == "0\n1\n2\n3\n4\n5\n6\n");
        CHECK(slow.output_complete());
        CHECK(slow.duration() >= 600ms);
        // The longest grace is no shorter.
        auto longest = co_await co::exec("sleep 0.05 & echo 0").output_grace(std::chrono::hours::max()).output();
        CHECK(longest.output_complete());
        // One that writes for ever is left alone when the command's time is over; its next write ends it.
        auto endless = co_await co::exec("(while echo x; do sleep 0.01; done) & echo 0").output_grace(100ms).timeout(1s).output();
        CHECK(endless.ok());
        CHECK(!endless.output_complete());
        CHECK(!endless.stopped_by());
    });
    // The grandchild is an orphan that init reaps.
}

TEST_CASE("without a grace nothing is waited for") {
    on_loop([]() -> co::task<> {
        auto held = co_await co::exec("sleep 1000 & echo $!").output_grace(0ms).output();
        CHECK(!held.output_complete());
        const int grandchild = std::stoi(text_of(held.out()));
        CHECK(::kill(grandchild, SIGKILL) == 0);
    });
}

TEST_CASE("a cancelled output stops its shell") {
    on_loop([]() -> co::task<> {
        auto late = co_await co::timeout(20ms, co::exec("echo $$; exec sleep 1000").output());
        CHECK(late.timed_out());
        auto before = co_await co::timeout(0ms, co::command("sleep", 1000).output());
        CHECK(before.timed_out());
    });
}

TEST_CASE("a line for the shell may begin as an option does") {
    on_loop([]() -> co::task<> {
        auto made = co_await co::exec("-x 2>/dev/null; echo \"$?\"").output();
        CHECK(made.ok());
        CHECK(made.out() == "127\n");
    });
}
