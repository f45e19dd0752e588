#include "tools.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/async/timeout.hpp>
#include <cohort/sys/path.hpp>

#include <cstdlib>

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
            tools::put(1, out);
            tools::put(2, err);
            out.clear();
            err.clear();
        }
    }
    return 0;
});

/// Writes until nobody reads it any more.
const support::child_role flood("flood", [](int, char**) -> int {
    const std::string block(4096, 'f');
    for (;;) tools::put(1, block);
});

/// Six digits, one every 60 ms.
const support::child_role drip("drip", [](int, char**) -> int {
    on_loop([]() -> co::task<> {
        for (char digit = '1'; digit <= '6'; ++digit) {
            co_await co::sleep(60ms);
            tools::put(1, std::string_view(&digit, 1));
        }
    });
    return 0;
});

/// Starts a role with its own output, says the number of that process, and ends.
const support::child_role leave("leave", [](int, char** argv) -> int {
    const std::string role = argv[1];
    on_loop([&]() -> co::task<> {
        co::child left = co_await self_command(role).in(co::null).err(co::null).spawn();
        if (role != "flood") tools::put(1, std::to_string(left.pid()) + "\n");
        left.detach();
    });
    return 0;
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
        auto made = co_await self_command("say", "out\n", "err\n", 3).output();
        CHECK(!made.ok());
        CHECK(made.status().code() == 3);
        CHECK(made.out() == "out\n");
        CHECK(made.err() == "err\n");
        CHECK(!made.truncated());
        CHECK(made.output_complete());
        CHECK(!made.stopped_by());
        CHECK(made.duration() > 0ns);
        CHECK(made.duration() <= std::chrono::steady_clock::now() - begin);
        const std::string own = (co_await self_command("say", "temporary").output()).out();
        CHECK(own == "temporary");
        auto empty = co_await self_command("exit").output();
        CHECK(empty.ok());
        CHECK(empty.out().empty());
        co::output_result moved = std::move(made);
        CHECK(moved.out() == "out\n");
        // A command without input reads the end of it at once, not the parent's.
        auto input = co_await self_command("cat").output();
        CHECK(input.out().empty());
    });
}

TEST_CASE("slots that are said are not captured") {
    const support::temp_dir dir;
    on_loop([&]() -> co::task<> {
        auto made = co_await self_command("say", "out\n", "err\n").out(co::to_file(dir / "out")).output();
        CHECK(made.out().empty());
        CHECK(made.err() == "err\n");
        CHECK(support::read_file(dir / "out") == "out\n");
    });
}

TEST_CASE("text gives one line's worth, or throws what went wrong") {
    on_loop([]() -> co::task<> {
        auto text = co_await self_command("say", "one\ntwo\n\n").text();
        CHECK(text == "one\ntwo\n");
        const std::string self(co::sys::base_name(support::self_path()));
        try {
            co_await self_command("say", "\n", "fatal: first\r\nsecond\n", 128).text();
            FAIL("no exception");
        } catch (const co::command_failed& e) {
            const std::string what = e.what();
            CHECK(what.find(self + " exited with 128 after ") == 0);
            CHECK(what.find(" ms: fatal: first") == what.size() - 17);
            CHECK(e.code().value() == 128);
            CHECK(e.status().code() == 128);
            CHECK(e.code().message() == "exited with 128");
        }
        auto late = co_await co::attempt(self_command("sleep").timeout(1ms).text());
        CHECK(late.message().find(self + " killed by SIGTERM, stopped by timeout (SIGTERM) after ") == 0);
        CHECK(late.code().message() == "killed by signal 15");
    });
}

TEST_CASE("exec runs a line of the system's shell, and a command can be awaited") {
    const support::temp_dir dir;
    on_loop([&]() -> co::task<> {
        auto both = co_await co::exec("echo out&& echo err 1>&2");
        CHECK(both.text() == "out");
        CHECK(both.err().substr(0, 3) == "err");
        auto quoted = co_await co::exec("echo \"a  b\"").text();
        CHECK((quoted == "a  b" || quoted == "\"a  b\""));  // cmd.exe keeps the quotes
        auto code = co_await co::exec("exit 5");
        CHECK(code.status().code() == 5);
        auto into = co_await co::exec("echo to a file>here").cwd(dir.path());
        CHECK(into.ok());
        CHECK(support::read_file(dir / "here").substr(0, 9) == "to a file");
        auto in_time = co_await co::timeout(10s, co::exec("echo in time"));
        REQUIRE(in_time);
        CHECK((*in_time).text() == "in time");
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
        auto echoed = co_await self_command("cat").input(input).output();
        CHECK(echoed.ok());
        CHECK(echoed.out() == input);
        // Not reading it, or not all of it, is the command's own affair.
        auto ignored = co_await self_command("exit").input(input).output();
        CHECK(ignored.ok());
        auto head = co_await self_command("cat", 5).input(input).output();
        CHECK(head.out() == "abcde");
        auto empty = co_await self_command("cat").input("").output();
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

TEST_CASE("a limit stops a command that never ends") {
    on_loop([]() -> co::task<> {
        auto fail = co_await co::attempt(
            self_command("flood").capture_limit(1000).on_stop(co::ladder::patient(10ms).then_kill()).output());
        CHECK(fail.message().find("output \"") == 0);
        CHECK(fail.message().find("(limit 1000 bytes)\": No buffer space available") != std::string::npos);
    });
}

TEST_CASE("a timeout stops a command, and the result says how") {
    on_loop([]() -> co::task<> {
        const co::ladder forced = co::ladder::patient(10ms).then_kill();
        for (const bool force : {false, true}) {
            // However slow the machine: again with more time, until the child got as far as that.
            co::command waiting = self_command("ready");
            if (force) waiting.on_stop(forced);
            auto limit = 100ms;
            auto asked = co_await waiting.timeout(limit).output();
            for (; asked.out().empty(); limit *= 2) asked = co_await waiting.timeout(2 * limit).output();
            CHECK(!asked.ok());
            CHECK(asked.status().signal() == (force ? SIGKILL : SIGTERM));
            CHECK(asked.stopped_by().why() == co::stop_cause::reason::timeout);
            CHECK(asked.stopped_by().to_string() == (force ? "timeout (SIGKILL)" : "timeout (SIGTERM)"));
            CHECK(asked.out() == "ready");
            CHECK(asked.duration() >= 100ms);
        }
    });
}

TEST_CASE("a grandchild that holds the output open does not keep the result, and what it writes in time is there") {
    on_loop([]() -> co::task<> {
        auto held = co_await self_command("leave", "sleep").output_grace(50ms).output();
        CHECK(held.ok());
        CHECK(!held.output_complete());
        const int grandchild = std::stoi(text_of(held.out()));
        support::kill_process(grandchild);
        CHECK(support::eventually([&] { return has_ended(grandchild); }));
        auto slow = co_await self_command("leave", "drip").output_grace(5s).output();
        CHECK(slow.output_complete());
        CHECK(text_of(slow.out()).substr(slow.out().find('\n') + 1) == "123456");
        CHECK(slow.duration() >= 300ms);
        // One that writes for ever is left alone when the command's time is over.
        auto endless = co_await self_command("leave", "flood").output_grace(100ms).timeout(1s).capture_limit(
            1000, co::keep_head).output();
        CHECK(endless.ok());
        CHECK(!endless.output_complete());
        CHECK(!endless.stopped_by());
    });
}

// Wine tells of a process's end some 40 ms before it closes the process's handles: the pipe's read is ERROR_IO_PENDING.
TEST_CASE("without a grace all that a command wrote is there all the same", "[wine-cannot]") {
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
    });
}

TEST_CASE("a timeout that is over already is one") {
    on_loop([]() -> co::task<> {
        for (const auto limit : {0ms, -1ms, -3600000ms}) {
            auto late = co_await self_command("sleep").timeout(limit).output();
            CHECK(late.stopped_by().why() == co::stop_cause::reason::timeout);
            CHECK(late.status().signaled());
        }
    });
}

TEST_CASE("a cancelled output stops its command") {
    on_loop([]() -> co::task<> {
        auto late = co_await co::timeout(20ms, self_command("ready").output());
        CHECK(late.timed_out());
        auto before = co_await co::timeout(0ms, self_command("sleep").output());
        CHECK(before.timed_out());
    });
}

TEST_CASE("many outputs at once") {
    on_loop([]() -> co::task<> {
        int right = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (int i = 0; i < 40; ++i) {
                s.spawn([&right, i]() -> co::task<> {
                    const std::string input(std::size_t(i) * 1000, char('a' + i % 26));
                    auto echoed = co_await self_command("cat").input(input).output();
                    right += echoed.ok() && echoed.out() == input;
                });
            }
            co_return;
        });
        CHECK(right == 40);
    });
}
