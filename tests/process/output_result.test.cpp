#include "on_loop.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/async/timeout.hpp>

#include <unistd.h>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

/// Writes `argv[1]` numbered bytes to stdout and half as many to stderr, in turn.
const support::child_role writer("write-both", [](int, char** argv) -> int {
    const long total = std::atol(argv[1]);
    std::string out;
    std::string err;
    for (long i = 0; i < total; ++i) {
        out += char('a' + i % 26);
        if (i % 2) err += char('A' + i % 26);
        if (out.size() == 8192 || i + 1 == total) {
            for (std::size_t done = 0; done < out.size();) {
                const ssize_t n = ::write(1, out.data() + done, out.size() - done);
                if (n <= 0) return 1;
                done += std::size_t(n);
            }
            for (std::size_t done = 0; done < err.size();) {
                const ssize_t n = ::write(2, err.data() + done, err.size() - done);
                if (n <= 0) return 1;
                done += std::size_t(n);
            }
            out.clear();
            err.clear();
        }
    }
    return 0;
});

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

std::string numbered(long total) {
    std::string text;
    for (long i = 0; i < total; ++i) text += char('a' + i % 26);
    return text;
}

}  // namespace

TEST_CASE("output gives what a command wrote, and how it ended") {
    on_loop([]() -> co::task<> {
        const auto begin = std::chrono::steady_clock::now();
        auto made = co_await co::command("sh", "-c", "echo out; echo err >&2; exit 3").output();
        CHECK(!made.ok());
        CHECK(made.status().code() == 3);
        CHECK(made.out() == "out\n");
        CHECK(made.err() == "err\n");
        CHECK(!made.truncated());
        CHECK(made.output_complete());
        CHECK(!made.stopped_by());
        CHECK(made.duration() > 0ns);
        CHECK(made.duration() <= std::chrono::steady_clock::now() - begin);
        const std::string own = (co_await co::command("printf", "temporary").output()).out();
        CHECK(own == "temporary");
        auto empty = co_await co::command("true").output();
        CHECK(empty.ok());
        CHECK(empty.out().empty());
        co::output_result moved = std::move(made);
        CHECK(moved.out() == "out\n");
        // A command without input reads the end of it at once, not the parent's.
        auto input = co_await co::command("cat").output();
        CHECK(input.out().empty());
    });
}

TEST_CASE("slots that are said are not captured") {
    const support::temp_dir dir;
    on_loop([&]() -> co::task<> {
        auto made = co_await co::command("sh", "-c", "echo out; echo err >&2").out(co::to_file(dir / "out")).output();
        CHECK(made.out().empty());
        CHECK(made.err() == "err\n");
        CHECK(support::read_file(dir / "out") == "out\n");
    });
}

TEST_CASE("text gives one line's worth, or throws what went wrong") {
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

TEST_CASE("exec runs a line of shell, and a command can be awaited") {
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

TEST_CASE("large outputs are drained together") {
    on_loop([]() -> co::task<> {
        const long total = 3'000'000;
        auto made = co_await self_command("write-both", total).output();
        CHECK(made.ok());
        CHECK(made.out() == numbered(total));
        CHECK(made.err().size() == total / 2);
        CHECK(!made.truncated());
    });
}

TEST_CASE("input larger than a pipe is fed while the output is drained") {
    on_loop([]() -> co::task<> {
        const std::string input = numbered(5'000'000);
        auto echoed = co_await co::command("cat").input(input).output();
        CHECK(echoed.ok());
        CHECK(echoed.out() == input);
        // Not reading it, or not all of it, is the command's own affair.
        auto ignored = co_await co::command("true").input(input).output();
        CHECK(ignored.ok());
        auto head = co_await co::command("head", "-c", 5).input(input).output();
        CHECK(head.out() == "abcde");
        auto empty = co_await co::command("cat").input("").output();
        CHECK(empty.ok());
        CHECK(empty.out().empty());
    });
}

TEST_CASE("a limit and its policies") {
    on_loop([]() -> co::task<> {
        const std::string all = numbered(1'000'000);
        for (const std::size_t limit : {0u, 1u, 100u, 16384u, 65536u, 999'999u, 1'000'000u, 2'000'000u}) {
            INFO("limit " << limit);
            const bool cut = limit < all.size();
            auto head = co_await self_command("write-both", all.size()).capture_limit(limit, co::keep_head).output();
            CHECK(head.status().ok());
            CHECK(head.truncated() == cut);
            CHECK((head.out() == all.substr(0, limit)));
            auto tail = co_await self_command("write-both", all.size()).capture_limit(limit, co::keep_tail).output();
            CHECK(tail.status().ok());
            CHECK(tail.truncated() == cut);
            CHECK((tail.out() == (cut ? all.substr(all.size() - limit) : all)));
            co::command failing = self_command("write-both", all.size()).capture_limit(limit, co::fail);
            auto fail = co_await co::attempt(failing.output());
            CHECK(bool(fail) == !cut);
            if (cut) CHECK(fail.code() == std::errc::no_buffer_space);
            else CHECK(((*fail).out() == all));
        }
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

TEST_CASE("a timeout stops a command, and the result says how") {
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

TEST_CASE("a grandchild that holds the output open does not keep the result") {
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

TEST_CASE("without a grace all that a command wrote is there all the same") {
    on_loop([]() -> co::task<> {
        const std::string all = numbered(60000);
        co::command write = self_command("write-both", 60000).output_grace(0ms);
        for (int i = 0; i < 20; ++i) {
            auto done = co_await write.output();
            CHECK(done.ok());
            CHECK(done.output_complete());
            CHECK(done.out() == all);
            CHECK(done.err().size() == 30000);
        }
        auto held = co_await co::exec("sleep 1000 & echo $!").output_grace(0ms).output();
        CHECK(!held.output_complete());
        const int grandchild = std::stoi(text_of(held.out()));
        CHECK(::kill(grandchild, SIGKILL) == 0);
    });
}

TEST_CASE("a timeout that is over already is one") {
    on_loop([]() -> co::task<> {
        for (const auto limit : {0ms, -1ms, -3600000ms}) {
            auto late = co_await co::command("sleep", 1000).timeout(limit).output();
            CHECK(late.stopped_by().why() == co::stop_cause::reason::timeout);
            CHECK(late.status().signaled());
        }
    });
}

TEST_CASE("a cancelled output stops its command") {
    on_loop([]() -> co::task<> {
        auto late = co_await co::timeout(20ms, co::exec("echo $$; exec sleep 1000").output());
        CHECK(late.timed_out());
        auto before = co_await co::timeout(0ms, co::command("sleep", 1000).output());
        CHECK(before.timed_out());
    });
}

TEST_CASE("many outputs at once") {
    on_loop([]() -> co::task<> {
        int right = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (int i = 0; i < 100; ++i) {
                s.spawn([&right, i]() -> co::task<> {
                    const std::string input(std::size_t(i) * 1000, char('a' + i % 26));
                    auto echoed = co_await co::command("cat").input(input).output();
                    right += echoed.ok() && echoed.out() == input;
                });
            }
            co_return;
        });
        CHECK(right == 100);
    });
}

TEST_CASE("a line for the shell may begin as an option does") {
    on_loop([]() -> co::task<> {
        auto made = co_await co::exec("-x 2>/dev/null; echo \"$?\"").output();
        CHECK(made.ok());
        CHECK(made.out() == "127\n");
    });
}
