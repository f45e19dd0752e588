#include "on_loop.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/async/timeout.hpp>
#include <cohort/async/when_all.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

const support::child_role stubborn("ignore-term", [](int, char**) -> int {
    std::signal(SIGTERM, SIG_IGN);
    static_cast<void>(::write(1, "ready", 5));
    for (;;) ::pause();
});

// Ends with 42 on SIGTERM.
const support::child_role obedient("handle-term", [](int, char**) -> int {
    std::signal(SIGTERM, [](int) { ::_exit(42); });
    static_cast<void>(::write(1, "ready", 5));
    for (;;) ::pause();
});

/// Waits until a role has said that it is ready.
co::task<> ready(co::child& c) {
    std::byte bytes[5];
    std::size_t got = 0;
    while (got < sizeof bytes) {
        const std::span<std::byte> rest(bytes + got, sizeof bytes - got);
        const std::size_t count = co_await c.out().stream().read_some(rest);
        REQUIRE(count > 0);
        got += count;
    }
}

/// It may be left for an init that does not wait for it.
bool ended(int pid) {
    const char state = support::process_state(pid);  // one look: the next may find it waited for
    return state == 0 || state == 'Z' || state == 'X';
}

/// A shell that ends on SIGTERM, with a child in its group that plays a role.
co::command group_with(const char* role) {
    co::command leader("sh", "-c", "\"$0\" --child \"$1\" & echo $!; wait", support::self_path(), role);
    leader.new_group().out(co::pipe);
    return leader;
}

/// The number of that child, once it is ready.
co::task<int> member_of(co::child& leader) {
    std::string text;
    while (text.find("ready") == text.npos || text.find('\n') == text.npos) {
        std::byte bytes[64];
        const std::size_t count = co_await leader.out().stream().read_some(bytes);
        REQUIRE(count > 0);
        text.append(reinterpret_cast<const char*>(bytes), count);
    }
    co_return std::stoi(text.substr(text.find_first_of("0123456789")));
}

}  // namespace

TEST_CASE("any signal reaches the process, and nobody once it has ended") {
    on_loop([]() -> co::task<> {
        co::child c = co_await co::command("sleep", 1000).spawn();
        CHECK(c.kill(0));
        CHECK(c.kill(SIGUSR1));
        const co::exit_status status = co_await c.wait();
        CHECK(status.signal() == SIGUSR1);
        CHECK(!c.kill(SIGKILL));
        CHECK(!c.kill(0));

        co::child unwaited = co_await co::command("true").spawn();
        REQUIRE(support::eventually([&] { return support::process_state(unwaited.pid()) == 'Z'; }));
        CHECK(!unwaited.kill(SIGKILL));
        auto invalid = co_await co::command("sleep", 1000).spawn();
        CHECK_THROWS_AS(invalid.kill(4711), co::error);
    });
}

TEST_CASE("stop asks, by a signal that can be handled or ignored, and asks harder") {
    on_loop([]() -> co::task<> {
        SECTION("a process that obeys") {
            co::child c = co_await self_command("handle-term").out(co::pipe).spawn();
            co_await ready(c);
            const co::exit_status status = co_await c.stop();
            CHECK(status.code() == 42);
            CHECK(c.stopped_by().why() == co::stop_cause::reason::request);
            CHECK(c.stopped_by().signal() == SIGTERM);
            CHECK(c.stopped_by().to_string() == "request (SIGTERM)");
        }
        SECTION("a process that does not") {
            co::child c = co_await self_command("ignore-term").out(co::pipe).spawn();
            co_await ready(c);
            const co::exit_status status = co_await c.stop(co::ladder(SIGTERM, 20ms).then(SIGTERM, 20ms).then_kill());
            CHECK(status.signal() == SIGKILL);
            CHECK(c.stopped_by().signal() == SIGKILL);
        }
        SECTION("a process that is stopped by SIGSTOP acts on the request") {
            co::child c = co_await self_command("handle-term").out(co::pipe).spawn();
            co_await ready(c);
            REQUIRE(c.kill(SIGSTOP));
            REQUIRE(support::eventually([&] { return support::process_state(c.pid()) == 'T'; }));
            const co::exit_status status = co_await c.stop();
            CHECK(status.code() == 42);
        }
        SECTION("a stopped process that ignores the request is killed") {
            co::child c = co_await self_command("ignore-term").out(co::pipe).spawn();
            co_await ready(c);
            REQUIRE(c.kill(SIGSTOP));
            REQUIRE(support::eventually([&] { return support::process_state(c.pid()) == 'T'; }));
            const co::exit_status status = co_await c.stop(co::ladder(SIGTERM, 20ms).then_kill());
            CHECK(status.signal() == SIGKILL);
        }
        SECTION("a cancelled stop goes on") {
            const co::ladder quick = co::ladder(SIGTERM, 50ms).then_kill();
            co::child c = co_await self_command("ignore-term").out(co::pipe).on_stop(quick).spawn();
            co_await ready(c);
            auto first = co_await co::timeout(1ms, c.stop());
            CHECK(first.timed_out());
            const co::exit_status status = co_await c.wait();
            CHECK(status.signal() == SIGKILL);
        }
    });
}

TEST_CASE("a ladder of requests that are ignored leaves the process to itself") {
    on_loop([]() -> co::task<> {
        co::child c = co_await self_command("ignore-term").out(co::pipe).on_stop(co::ladder(SIGTERM, 10ms)).spawn();
        co_await ready(c);
        auto first = co_await co::timeout(50ms, c.stop());
        CHECK(first.timed_out());
        CHECK(c.kill(SIGKILL));
        const co::exit_status status = co_await c.wait();
        CHECK(status.signal() == SIGKILL);
    });
}

TEST_CASE("a ladder of ignored requests that is at its end does not hold the loop") {
    int pid = -1;
    on_loop([&]() -> co::task<> {
        co::child c = co_await self_command("ignore-term").out(co::pipe).on_stop(co::ladder(SIGTERM, 10ms)).spawn();
        co_await ready(c);
        pid = c.pid();
        auto ended = co_await co::timeout(50ms, c.stop());
        CHECK(ended.timed_out());
    });
    CHECK(::waitpid(pid, nullptr, WNOHANG) == 0);  // it still runs
    CHECK(::kill(pid, SIGKILL) == 0);
    CHECK(::waitpid(pid, nullptr, 0) == pid);
}

TEST_CASE("a thousand children in flight") {
    on_loop([]() -> co::task<> {
        int ended = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (int i = 0; i < 1000; ++i) {
                s.spawn([&ended, i]() -> co::task<> {
                    co::child c = co_await co::command("sh", "-c", "exit " + std::to_string(i % 256)).spawn();
                    const co::exit_status status = co_await c.wait();
                    CHECK(status.code() == i % 256);
                    ++ended;
                });
            }
            co_return;
        });
        CHECK(ended == 1000);
    });
}

TEST_CASE("a status that somebody else took is recovered, or reported as lost") {
    on_loop([]() -> co::task<> {
        const auto check = [](const co::exit_status& status) {
            // The kernel keeps it from 6.15 on.
            if (status.lost()) CHECK(status.to_string() == "exited, status lost");
            else CHECK(status.code() == 7);
        };
        SECTION("a foreign wait") {
            co::child c = co_await co::command("sh", "-c", "exit 7").spawn();
            int stolen = 0;
            REQUIRE(::waitpid(-1, &stolen, 0) == c.pid());
            const co::exit_status status = co_await c.wait();
            check(status);
            CHECK(!c.kill(SIGKILL));
        }
        SECTION("a foreign wait while it is waited for") {
            co::child c = co_await co::command("cat").in(co::pipe).spawn();
            std::thread thief([&] { ::waitpid(-1, nullptr, 0); });
            c.in().close();
            const co::exit_status status = co_await c.wait();
            CHECK((status.ok() || status.lost()));
            thief.join();
        }
        SECTION("the program ignores SIGCHLD") {
            auto former = std::signal(SIGCHLD, SIG_IGN);
            co::child c = co_await co::command("sh", "-c", "exit 7").spawn();
            const co::exit_status status = co_await c.wait();
            std::signal(SIGCHLD, former);
            check(status);
        }
        SECTION("neither kernel nor parent knows") {
            co::sys::fault::scope faults;
            co::child c = co_await co::command("sh", "-c", "exit 7").spawn();
            REQUIRE(::waitpid(c.pid(), nullptr, 0) == c.pid());
            co::sys::fault::fail(co::sys::call::pidfd_info, 1, ENOTTY);
            const co::exit_status status = co_await c.wait();
            CHECK(status.lost());
            CHECK(co::sys::fault::injected(co::sys::call::pidfd_info) == 1);
        }
    });
}

TEST_CASE("a group of its own has the leader's number and is asked as a whole") {
    on_loop([]() -> co::task<> {
        co::child c = co_await co::command("sh", "-c", "sleep 1000 & echo $!; wait").new_group().out(co::pipe).spawn();
        std::byte bytes[32];
        const std::size_t count = co_await c.out().stream().read_some(bytes);
        const int grandchild = std::stoi(std::string(reinterpret_cast<char*>(bytes), count));
        CHECK(::getpgid(c.pid()) == c.pid());
        CHECK(::getpgid(grandchild) == c.pid());
        const co::exit_status status = co_await c.stop();
        CHECK(status.signal() == SIGTERM);
        CHECK(ended(grandchild));

        co::child session = co_await co::command("sleep", 1000).new_session().spawn();
        CHECK(::getsid(session.pid()) == session.pid());
        const co::exit_status last = co_await session.stop();
        CHECK(last.signal() == SIGTERM);
    });
}

TEST_CASE("the ladder goes on for those of a group that ignore its requests") {
    const co::ladder quick = co::ladder(SIGTERM, 50ms).then_kill();
    const co::ladder patient = co::ladder(SIGTERM, 60s).then_kill();
    int member = -1;
    const auto begin = std::chrono::steady_clock::now();
    SECTION("a member that ignores the request is killed before the stop completes") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await group_with("ignore-term").spawn();
            member = co_await member_of(c);
            const co::exit_status status = co_await c.stop(quick);
            CHECK(ended(member));
            CHECK(status.signal() == SIGTERM);
            CHECK(c.stopped_by().signal() == SIGTERM);
        });
    }
    SECTION("the same where the kernel cannot signal a group by pidfd") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await group_with("ignore-term").spawn();
            member = co_await member_of(c);
            const co::sys::fault::scope old_kernel;
            co::sys::fault::every(co::sys::call::pidfd_send_signal, 1, EINVAL);
            co_await c.stop(quick);
            CHECK(ended(member));
            CHECK(co::sys::fault::injected(co::sys::call::pidfd_send_signal) > 0);
        });
    }
    SECTION("a member that obeys is not waited for any longer") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await group_with("handle-term").spawn();
            member = co_await member_of(c);
            co_await c.stop(patient);
            CHECK(ended(member));
        });
    }
    SECTION("the loop sees to it where the child has gone out of scope") {
        on_loop([&]() -> co::task<> {
            co::command leader = group_with("ignore-term");
            leader.on_stop(quick);
            co::child c = co_await leader.spawn();
            member = co_await member_of(c);
        });
        CHECK(ended(member));
    }
    SECTION("the child goes out of scope, or is detached, while the rest is waited for") {
        const bool detach = GENERATE(false, true);
        on_loop([&]() -> co::task<> {
            const auto fds = support::open_fds();
            co::child c = co_await group_with("ignore-term").spawn();
            member = co_await member_of(c);
            const co::ladder longer = co::ladder(SIGTERM, 400ms).then_kill();
            bool stopped = false;  // where the leader took as long to end as the rung lasts
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn([&]() -> co::task<> {
                    co_await c.stop(detach ? patient : longer);
                    stopped = true;
                });
                while (support::process_state(c.pid()) != 0) co_await co::sleep(1ms);
                s.cancel();
            });
            CHECK(!c.kill(SIGTERM));  // the leader has ended, and has been reaped
            CHECK(bool(c.status()) == stopped);
            if (!detach) co_return;
            c.detach();
            CHECK(support::open_fds() == fds);  // nothing is kept for a leader that has been reaped
        });
        CHECK(ended(member) == !detach);
        if (detach) {
            ::kill(member, SIGKILL);
            CHECK(support::eventually([&] { return ended(member); }));
        }
    }
    SECTION("a ladder without a kill ends without the member's end") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await group_with("ignore-term").spawn();
            member = co_await member_of(c);
            co_await c.stop(co::ladder(SIGTERM, 50ms));
            CHECK(!ended(member));
            ::kill(member, SIGKILL);
        });
        CHECK(support::eventually([&] { return ended(member); }));
    }
    CHECK(std::chrono::steady_clock::now() - begin < 30s);
}
