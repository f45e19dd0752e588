#include "tools.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/async/timeout.hpp>
#include <cohort/async/when_all.hpp>

#include <vector>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

bool gone(int pid) { return support::process_state(pid) == 0; }

const co::ladder quick = co::ladder::patient(20ms).then_kill();

/// Starts a sleeper that is of its group, says the sleeper's number, and ends with its input.
const support::child_role family("family", [](int, char**) -> int {
    on_loop([]() -> co::task<> {
        co::child member = co_await self_command("sleep").in(co::null).out(co::null).spawn();
        tools::put(1, std::to_string(member.pid()) + "\n");
        member.detach();
        char byte;
        while (co::sys::read(0, &byte, 1).value_or(0) > 0) {}
    });
    return 0;
});

co::task<int> member_of(co::child& leader) {
    auto line = co_await leader.out().line();
    REQUIRE(line);
    co_return std::stoi(*line);
}

}  // namespace

TEST_CASE("a child has a number, ends, and its status stays") {
    on_loop([]() -> co::task<> {
        co::child none;
        CHECK(!none);
        CHECK(none.pid() == -1);
        CHECK(!none.kill(SIGTERM));
        auto without = co_await co::attempt(none.wait());
        CHECK(without.code() == std::errc::no_child_process);

        co::child c = co_await self_command("exit", 5).spawn();
        CHECK(c);
        CHECK(c.pid() > 1);
        CHECK(!c.status());
        const co::exit_status first = co_await c.wait();
        const co::exit_status second = co_await c.wait();
        CHECK(first.code() == 5);
        CHECK(second == first);
        REQUIRE(c.status());
        CHECK(c.status()->code() == 5);
        CHECK(!c.stopped_by());
        CHECK(gone(c.pid()));
        co::child moved = std::move(c);
        CHECK(!c);
        CHECK(moved.status()->code() == 5);
    });
}

TEST_CASE("several may wait for one child, and it may be moved meanwhile") {
    on_loop([]() -> co::task<> {
        co::child c = co_await self_command("cat").in(co::pipe).out(co::null).spawn();
        int ended = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (int i = 0; i < 3; ++i) {
                s.spawn([&]() -> co::task<> {
                    const co::exit_status status = co_await c.wait();
                    CHECK(status.ok());
                    ++ended;
                });
            }
            co_await co::sleep(0s);
            co::child moved = std::move(c);
            moved.in().close();
            const co::exit_status status = co_await moved.wait();
            CHECK(status.ok());
        });
        CHECK(ended == 3);
    });
}

TEST_CASE("kill ends the process, and nobody once it has ended") {
    on_loop([]() -> co::task<> {
        for (const int sig : {SIGKILL, SIGTERM, SIGABRT}) {
            co::child c = co_await self_command("sleep").in(co::null).spawn();
            CHECK(c.kill(0));
            CHECK(c.kill(sig));
            const co::exit_status status = co_await c.wait();
            CHECK(status.signal() == sig);
            CHECK(!c.kill(SIGKILL));
            CHECK(!c.kill(0));
        }
        co::child unwaited = co_await self_command("exit").spawn();
        REQUIRE(support::eventually([&] { return has_ended(unwaited.pid()); }));
        CHECK(!unwaited.kill(SIGKILL));
        co::child invalid = co_await self_command("sleep").in(co::null).spawn();
        CHECK_THROWS_AS(invalid.kill(4711), co::error);
    });
}

TEST_CASE("stop asks, and does not ask in vain") {
    on_loop([]() -> co::task<> {
        SECTION("a process that has nothing against it") {
            co::child c = co_await self_command("sleep").in(co::null).spawn();
            const co::exit_status status = co_await c.stop();
            CHECK(status.signal() == SIGTERM);
            CHECK(c.stopped_by().why() == co::stop_cause::reason::request);
            CHECK(c.stopped_by().signal() == SIGTERM);
            CHECK(c.stopped_by().to_string() == "request (SIGTERM)");
        }
        SECTION("a process that does not end by itself") {
            co::child c = co_await self_command("sleep").in(co::null).spawn();
            const co::exit_status status = co_await c.stop(co::ladder::patient(20ms).then_kill());
            CHECK(status.signal() == SIGKILL);
            CHECK(c.stopped_by().signal() == SIGKILL);
        }
        SECTION("a process that has ended by itself was not stopped") {
            co::child c = co_await self_command("exit").spawn();
            REQUIRE(support::eventually([&] { return has_ended(c.pid()); }));
            const co::exit_status status = co_await c.stop();
            CHECK(status.ok());
            CHECK(!c.stopped_by());
        }
        SECTION("a patient ladder gives it time to end by itself") {
            const co::ladder patient = co::ladder::patient(30s).then_kill();
            co::child c = co_await self_command("cat").in(co::pipe).on_stop(patient).spawn();
            c.in().close();
            const co::exit_status status = co_await c.stop();
            CHECK(status.ok());
            CHECK(c.stopped_by().signal() == 0);
        }
        SECTION("two may stop it") {
            co::child c = co_await self_command("sleep").in(co::null).spawn();
            auto both = co_await co::when_all(c.stop(), c.stop());
            CHECK(both.get<0>().signal() == SIGTERM);
            CHECK(both.get<1>().signal() == SIGTERM);
        }
        SECTION("a cancelled stop goes on") {
            co::child c = co_await self_command("sleep").on_stop(co::ladder::patient(50ms).then_kill()).spawn();
            auto first = co_await co::timeout(1ms, c.stop());
            CHECK(first.timed_out());
            const co::exit_status status = co_await c.wait();
            CHECK(status.signal() == SIGKILL);
        }
    });
}

TEST_CASE("a ladder that ends without a kill leaves the process to itself") {
    on_loop([]() -> co::task<> {
        co::child c = co_await self_command("sleep").on_stop(co::ladder::patient(10ms)).spawn();
        auto first = co_await co::timeout(50ms, c.stop());
        CHECK(first.timed_out());
        CHECK(c.kill(SIGKILL));
        const co::exit_status status = co_await c.wait();
        CHECK(status.signal() == SIGKILL);
    });
}

TEST_CASE("a ladder that was at its end before its child went out of scope does not hold the loop") {
    int pid = -1;
    on_loop([&]() -> co::task<> {
        co::child c = co_await self_command("sleep").on_stop(co::ladder::patient(10ms)).spawn();
        pid = c.pid();
        auto ended = co_await co::timeout(50ms, c.stop());
        CHECK(ended.timed_out());
    });
    CHECK(!has_ended(pid));
    support::end_child(pid);
}

TEST_CASE("a timeout runs the ladder of a spawned child") {
    on_loop([]() -> co::task<> {
        co::child c = co_await self_command("sleep").in(co::null).timeout(20ms).spawn();
        const co::exit_status status = co_await c.wait();
        CHECK(status.signal() == SIGTERM);
        CHECK(c.stopped_by().why() == co::stop_cause::reason::timeout);
        co::child brief = co_await self_command("exit").timeout(100s).spawn();
        const co::exit_status in_time = co_await brief.wait();
        CHECK(in_time.ok());
        CHECK(!brief.stopped_by());
    });
}

TEST_CASE("a child that is destroyed is stopped and reaped by the loop") {
    int pid = 0;
    int hard = 0;
    SECTION("at the end of main") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await self_command("sleep").in(co::null).spawn();
            co::child d = co_await self_command("sleep").on_stop(quick).spawn();
            pid = c.pid();
            hard = d.pid();
        });
        CHECK(gone(pid));
        CHECK(gone(hard));
    }
    SECTION("while main goes on") {
        on_loop([&]() -> co::task<> {
            {
                co::child c = co_await self_command("sleep").in(co::null).spawn();
                pid = c.pid();
            }
            while (!gone(pid)) co_await co::sleep(1ms);
        });
    }
    SECTION("when its coroutine is cancelled") {
        on_loop([&]() -> co::task<> {
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn([&]() -> co::task<> {
                    co::child c = co_await self_command("sleep").in(co::null).spawn();
                    pid = c.pid();
                    co_await c.wait();
                });
                co_await co::sleep(1ms);
                s.cancel();
            });
            CHECK(pid != 0);
        });
        CHECK(gone(pid));
    }
    SECTION("when another takes its place") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await self_command("sleep").in(co::null).spawn();
            pid = c.pid();
            c = co_await self_command("exit").spawn();
            co_await c.wait();
        });
        CHECK(gone(pid));
    }
    SECTION("with somebody who waits for it") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await self_command("sleep").in(co::null).spawn();
            pid = c.pid();
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn([&]() -> co::task<> {
                    auto waited = co_await co::attempt(c.wait());
                    CHECK(waited.code() == std::errc::operation_canceled);
                });
                co_await co::sleep(0s);
                c = co::child();
            });
        });
        CHECK(gone(pid));
    }
    SECTION("while its ladder runs already") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await self_command("sleep").on_stop(quick).spawn();
            pid = c.pid();
            auto waited = co_await co::timeout(1ms, c.stop());
            CHECK(waited.timed_out());
        });
        CHECK(gone(pid));
    }
    SECTION("after the loop's run") {
        co::loop here;
        {
            co::child c = here.run([]() -> co::task<co::child> {
                co::child started = co_await self_command("sleep").in(co::null).spawn();
                co_return started;
            }());
            pid = c.pid();
        }  // what it leaves is the loop's, whose end the harness looks behind
    }
    CHECK(pid != 0);
}

TEST_CASE("a detached child lives on, and the loop reaps it") {
    int pid = 0;
    SECTION("it outlives the loop") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await self_command("sleep").in(co::null).timeout(1ms).spawn();
            pid = c.pid();
            c.detach();
            CHECK(!c);
            co_await co::sleep(5ms);
        });
        CHECK(!has_ended(pid));
        support::end_child(pid);
    }
    SECTION("the loop outlives it") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await self_command("cat").in(co::pipe).spawn();
            pid = c.pid();
            c.detach();  // closes the pipe
            while (!gone(pid)) co_await co::sleep(1ms);
        });
    }
    SECTION("it has ended before") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await self_command("exit").spawn();
            pid = c.pid();
            co_await c.wait();
            c.detach();
        });
        CHECK(gone(pid));
    }
    SECTION("it has ended, and nobody has waited for it") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await self_command("exit").spawn();
            pid = c.pid();
            REQUIRE(support::eventually([&] { return has_ended(pid); }));
            c.detach();
            co_return;
        });
        CHECK(gone(pid));
    }
}

TEST_CASE("a hundred children in flight") {
    on_loop([]() -> co::task<> {
        int ended = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (int i = 0; i < 100; ++i) {
                s.spawn([&ended, i]() -> co::task<> {
                    co::child c = co_await self_command("exit", i).spawn();
                    const co::exit_status status = co_await c.wait();
                    CHECK(status.code() == i);
                    ++ended;
                });
            }
            co_return;
        });
        CHECK(ended == 100);
    });
}

TEST_CASE("a group of its own is stopped as a whole") {
    on_loop([]() -> co::task<> {
        co::child c = co_await self_command("family").new_group().in(co::pipe).out(co::pipe).spawn();
        const int member = co_await member_of(c);
        CHECK(!has_ended(member));
        const co::exit_status status = co_await c.stop(co::ladder::kill());
        CHECK(status.signal() == SIGKILL);
        CHECK(support::eventually([&] { return has_ended(member); }));

        co::child session = co_await self_command("family").new_session().in(co::pipe).out(co::pipe).spawn();
        const int other = co_await member_of(session);
        CHECK(session.kill(SIGKILL));
        const co::exit_status killed = co_await session.wait();
        CHECK(killed.signal() == SIGKILL);
        CHECK(support::eventually([&] { return has_ended(other); }));
    });
}

TEST_CASE("the ladder goes on for the rest of a group whose leader has ended by itself") {
    int member = -1;
    SECTION("the child is stopped") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await self_command("family").new_group().in(co::pipe).out(co::pipe).spawn();
            member = co_await member_of(c);
            c.in().close();
            const co::exit_status status = co_await c.stop(co::ladder::patient(1s).then_kill());
            CHECK(status.ok());
            CHECK(c.stopped_by().signal() == 0);
        });
    }
    SECTION("the leader has ended before") {
        on_loop([&]() -> co::task<> {
            co::child c = co_await self_command("family").new_group().in(co::pipe).out(co::pipe).spawn();
            member = co_await member_of(c);
            c.in().close();
            REQUIRE(support::eventually([&] { return has_ended(c.pid()); }));
            const co::exit_status status = co_await c.stop(co::ladder::patient(20ms).then_kill());
            CHECK(status.ok());
            CHECK(c.stopped_by().signal() == 0);
        });
    }
    SECTION("the child has gone out of scope") {
        on_loop([&]() -> co::task<> {
            co::command leader = self_command("family").on_stop(co::ladder::patient(1s).then_kill());
            co::child c = co_await leader.new_group().in(co::pipe).out(co::pipe).spawn();
            member = co_await member_of(c);
        });
    }
    CHECK(support::eventually([&] { return has_ended(member); }));
}

TEST_CASE("what a group's leader leaves behind when it ends by itself lives on") {
    int member = -1;
    on_loop([&]() -> co::task<> {
        co::child c = co_await self_command("family").new_group().in(co::pipe).out(co::pipe).spawn();
        member = co_await member_of(c);
        c.in().close();
        const co::exit_status status = co_await c.wait();
        CHECK(status.ok());
    });
    CHECK(!has_ended(member));
    support::kill_process(member);
    CHECK(support::eventually([&] { return has_ended(member); }));
}

TEST_CASE("a child in a posted function that the loop does not come to run is stopped") {
    const int pid = on_loop([]() -> co::task<int> {
        co::command sleeping = self_command("sleep");
        co::child c = co_await sleeping.on_stop(co::ladder::kill()).spawn();
        const int number = c.pid();
        auto owner = [c = std::move(c)]() mutable {};
        co::loop::current()->post(std::move(owner));
        co_return number;
    });
    CHECK(pid > 0);
    CHECK(support::eventually([] { return support::child_processes().empty(); }));
    for (const support::process_entry& left : support::child_processes()) support::end_child(left.pid());
}
