#include "tools.hpp"

#include "support/open.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/sys/given.hpp>
#include <cohort/sys/path.hpp>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>
#include <vector>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

struct question {
    int id = 0;
    std::string text;
};
struct answer {
    int id = 0;
    std::string text;
    int pid = 0;
};
using link_type = co::channel_to<question, answer>;

struct parcel {
    int id = 0;
    co::handle content;
};
using parcel_link = co::channel_to<parcel, answer>;

const support::main_hook hook([](int argc, char** argv) -> int {
    if (argc > 1 && std::string_view(argv[1]) == "--child") return -1;  // as a main that does not look for roles
    return co::started_as_role() ? co::run_role(argc, argv) : -1;
});

const co::role echo("echo", [](co::parent<link_type> up) -> co::task<int> {
    while (auto q = co_await up.receive()) {
        answer a;
        a.id = q->id;
        a.text = q->text;
        a.pid = co::process::pid();
        co_await up.send(a);
    }
    co_return 5;
});

const co::role with_args("with-args", [](co::parent<link_type> up, co::args given) -> co::task<> {
    answer a;
    for (const char* one : given) a.text += std::string(one) + ' ';
    a.text += co::sys::base_name(given.program());
    a.id = co::started_as_role();
    if (std::getenv("COHORT_ROLE") || std::getenv("COHORT_CHANNEL_FD")) a.id = -1;
    // What it starts itself is no worker of the parent.
    auto inherited = co_await self_command("name-inherited").output();
    a.text += " " + text_of(inherited.out());
    co_await up.send(a);
});

/// What a worker's own child has of the worker's role and channel.
const support::child_role name_inherited("name-inherited", [](int, char**) -> int {
    std::string text;
    for (const char* name : {"COHORT_ROLE", "COHORT_CHANNEL_FD"})
        if (std::getenv(name)) text += name;
    if (co::sys::given_descriptor(3)) text += "3";
    tools::put(1, text.empty() ? "nothing" : text);
    return 0;
});

const co::role throwing("throwing", [](co::parent<link_type>) -> co::task<int> {
    throw std::runtime_error("not today");
    co_return 0;
});

const co::role alone("alone", [](co::args given) -> co::task<int> { co_return given.number(0); });

const co::role plain("plain", []() -> co::task<> { co_return; });

const co::role deaf("deaf", [](co::parent<link_type> up) -> co::task<int> {
    answer a;
    co_await up.send(a);
    std::signal(SIGTERM, SIG_IGN);
    co_await co::sleep(1000s);
    co_return 0;
});

const co::role reads("reads", [](co::parent<parcel_link> up) -> co::task<int> {
    while (auto p = co_await up.receive()) {
        char bytes[64];
        const auto count = co::sys::read(p->content.native(), bytes, sizeof bytes);
        answer a;
        a.id = p->id;
        a.text.assign(bytes, count.value_or(0));
        co_await up.send(a);
    }
    co_return 0;
});

/// Takes the channel twice, to see that there is one.
const co::role twice("twice", [](co::parent<link_type> up) -> co::task<int> {
    answer a;
    try {
        co::parent<link_type> second;
        a.text = "two channels";
    } catch (const co::error& e) {
        a.text = e.code() == std::errc::not_connected ? "not connected" : e.what();
    }
    co_await up.send(a);
    co_return 0;
});

}  // namespace

TEST_CASE("this program again, with messages both ways") {
    on_loop([]() -> co::task<> {
        co::worker_process<link_type> w = co_await co::fork_self<link_type>("echo");
        CHECK(w.pid() > 1);
        CHECK(w.title() == "echo");
        for (int i = 0; i < 200; ++i) {
            question q;
            q.id = i;
            q.text = std::string(std::size_t(i) * 50, 'x');
            co_await w.channel().send(q);
            auto a = co_await w.channel().receive();
            REQUIRE(a);
            REQUIRE(a->id == i);
            REQUIRE(a->text == q.text);
            REQUIRE(a->pid == w.pid());
        }
        const co::exit_status status = co_await w.stop();
        CHECK(status.code() == 5);
        CHECK(w.stopped_by().signal() == 0);
        CHECK(support::process_state(w.pid()) == 0);
    });
}

TEST_CASE("answers that are under way when a worker is stopped still arrive") {
    on_loop([]() -> co::task<> {
        co::worker_process<link_type> w = co_await co::fork_self<link_type>("echo");
        for (int i = 0; i < 1000; ++i) {
            question q;
            q.id = i;
            w.channel().post(q);
        }
        int received = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                while (auto a = co_await w.channel().receive()) {
                    REQUIRE(a->id == received);
                    ++received;
                }
            });
            const co::exit_status status = co_await w.stop();
            CHECK(status.code() == 5);
        });
        CHECK(received == 1000);
    });
}

TEST_CASE("a role gets its arguments, and its children get nothing of it") {
    on_loop([]() -> co::task<> {
        auto w = co_await co::fork_self<link_type>("with-args", "two words", 3, "");
        auto a = co_await w.channel().receive();
        REQUIRE(a);
        CHECK(a->id == 1);
        const std::string self(co::sys::base_name(support::self_path()));
        CHECK(a->text == "two words 3  " + self + " nothing");
        auto end = co_await w.channel().receive();
        CHECK(!end);
        const co::exit_status status = co_await w.wait();
        CHECK(status.ok());
    });
}

TEST_CASE("a role without a channel is an ordinary command") {
    on_loop([]() -> co::task<> {
        auto done = co_await co::self("alone", 17).output();
        CHECK(done.status().code() == 17);
        // A clean environment is not without the role, or it would begin as its parent did.
        auto clean = co_await co::self("alone", 18).env("COHORT_TEST_A", 1).env_clear().output();
        CHECK(clean.status().code() == 18);
        CHECK(co::self("alone").env("COHORT_TEST_A", 1).env_clear().to_string().find("COHORT_TEST_A") == std::string::npos);
        auto nothing = co_await co::self("plain").output();
        CHECK(nothing.ok());
        auto bad = co_await co::self("alone", "x").output();
        CHECK(bad.status().code() == 1);
        const std::string self(co::sys::base_name(support::self_path()));
        CHECK(bad.err() == self + " (alone): argument \"x\": Invalid argument\n");
        auto unconnected = co_await co::self("echo").output();
        CHECK(unconnected.status().code() == 1);
        const std::string said = text_of(unconnected.err());
        CHECK(said.find("(echo): parent: ") != std::string::npos);
    });
}

TEST_CASE("a role that is not there, and one that throws") {
    on_loop([]() -> co::task<> {
        auto w = co_await co::fork<link_type>(co::self("no such role").err(co::pipe));
        auto none = co_await co::attempt(w.channel().receive());
        CHECK((!none || !*none));
        const co::exit_status status = co_await w.wait();
        CHECK(status.code() == 2);
        auto line = co_await w.err().line();
        REQUIRE(line);
        CHECK(line->find(": there is no role \"no such role\"") != std::string::npos);

        auto t = co_await co::fork<link_type>(co::self("throwing").err(co::pipe));
        auto end = co_await t.channel().receive();
        CHECK(!end);
        auto said = co_await t.err().line();
        REQUIRE(said);
        CHECK(said->find("(throwing): not today") != std::string::npos);
        const co::exit_status failed = co_await t.wait();
        CHECK(failed.code() == 1);
    });
}

TEST_CASE("there is one channel to the parent") {
    CHECK_THROWS_AS(co::parent<link_type>(), co::error);
    on_loop([]() -> co::task<> {
        auto w = co_await co::fork_self<link_type>("twice");
        auto a = co_await w.channel().receive();
        REQUIRE(a);
        CHECK(a->text == "not connected");
    });
}

TEST_CASE("a stop that is cancelled before the worker has been told leaves it alone") {
    on_loop([]() -> co::task<> {
        auto w = co_await co::fork_self<link_type>("deaf");
        auto a = co_await w.channel().receive();
        REQUIRE(a);
        question q;
        q.text = std::string(4 << 20, 'x');
        w.channel().post(q);  // more than is taken of it
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> { co_await w.stop(); });
            co_await co::sleep(0ms);
            s.cancel();
        });
        CHECK(w.channel().queued() > 0);
        CHECK(!w.stopped_by());
        CHECK(w.kill(SIGKILL));
        const co::exit_status status = co_await w.wait();
        CHECK(status.signal() == SIGKILL);
        CHECK(!w.stopped_by());
    });
}

TEST_CASE("a killed worker is noticed") {
    on_loop([]() -> co::task<> {
        auto w = co_await co::fork_self<link_type>("echo");
        question q;
        co_await w.channel().send(q);
        auto a = co_await w.channel().receive();
        REQUIRE(a);
        CHECK(w.kill(SIGKILL));
        auto end = co_await co::attempt(w.channel().receive());
        CHECK((!end || !*end));
        const co::exit_status status = co_await w.wait();
        CHECK(status.signal() == SIGKILL);
        CHECK(!w.kill(SIGKILL));
        const co::exit_status again = co_await w.stop();
        CHECK(again.signal() == SIGKILL);
        CHECK(!w.stopped_by());
    });
}

TEST_CASE("a worker that hears nothing goes up the ladder") {
    int pid = 0;
    on_loop([&]() -> co::task<> {
        auto w = co_await co::fork<link_type>(
            co::self("deaf").on_stop(co::ladder::patient(10ms).then(SIGTERM, 10ms).then_kill()));
        auto a = co_await w.channel().receive();
        REQUIRE(a);
        const co::exit_status status = co_await w.stop();
        CHECK((status.signal() == SIGKILL || status.signal() == SIGTERM));
        // And without being asked, when its owner is gone.
        auto other = co_await co::fork<link_type>(co::self("deaf").on_stop(co::ladder::patient(10ms).then_kill()));
        auto b = co_await other.channel().receive();
        REQUIRE(b);
        pid = other.pid();
    });
    CHECK(support::process_state(pid) == 0);
}

TEST_CASE("the end of its owner is the end of a worker") {
    int pid = 0;
    on_loop([&]() -> co::task<> {
        auto w = co_await co::fork_self<link_type>("echo");
        pid = w.pid();
    });
    CHECK(support::process_state(pid) == 0);
}

TEST_CASE("handles travel to a worker") {
    on_loop([]() -> co::task<> {
        auto w = co_await co::fork_self<parcel_link>("reads");
        for (int i = 0; i < 50; ++i) {
            const auto ends = co::sys::pipe();
            REQUIRE(ends);
            const std::string text = "parcel " + std::to_string(i);
            REQUIRE(co::sys::write(ends->write, text.data(), text.size()).value_or(0) == text.size());
            REQUIRE(co::sys::close(ends->write));
            parcel p;
            p.id = i;
            p.content = co::handle(ends->read);
            co_await w.channel().send(co::give(p));
            auto a = co_await w.channel().receive();
            REQUIRE(a);
            REQUIRE(a->id == i);
            REQUIRE(a->text == text);
        }
        const co::exit_status status = co_await w.stop();
        CHECK(status.ok());
    });
}

TEST_CASE("workers killed at random points under load, with nothing left behind") {
    std::minstd_rand random(4711);
    const auto fds_before = support::open_fds().size();
    on_loop([&]() -> co::task<> {
        for (int round = 0; round < 30; ++round) {
            auto w = co_await co::fork_self<parcel_link>("reads");
            const int messages = int(random() % 40);
            bool broken = false;
            for (int i = 0; i < messages && !broken; ++i) {
                parcel p;
                p.id = i;
                p.content = co::handle(support::open_null());
                auto sent = co_await co::attempt(w.channel().send(co::give(p)));
                if (!sent) broken = true;
                if (i == messages / 2) w.kill(SIGKILL);
            }
            w.kill(SIGKILL);
            for (;;) {
                auto a = co_await co::attempt(w.channel().receive());
                if (!a || !*a) break;
            }
            const co::exit_status status = co_await w.wait();
            REQUIRE(status.signal() == SIGKILL);
        }
    });
    CHECK(support::open_fds().size() == fds_before);
}

namespace {

// A primary with workers under load, which its own parent kills.
const support::child_role doomed("doomed-primary", [](int, char**) -> int {
    cohort::loop here;
    return here.run([]() -> co::task<int> {
        std::vector<co::worker_process<link_type>> workers;
        std::string pids;
        for (int i = 0; i < 3; ++i) {
            workers.push_back(co_await co::fork_self<link_type>("echo"));
            pids += std::to_string(workers.back().pid()) + ' ';
        }
        pids += '\n';
        tools::put(1, pids);
        for (int i = 0;; ++i) {
            auto& w = workers[std::size_t(i) % workers.size()];
            question q;
            q.id = i;
            co_await w.channel().send(q);
            auto a = co_await w.channel().receive();
            if (!a) co_return 1;
        }
    }());
});

}  // namespace

TEST_CASE("workers end when their parent is killed") {
    std::minstd_rand random(815);
    on_loop([&]() -> co::task<> {
        for (int round = 0; round < 5; ++round) {
            co::child primary = co_await self_command("doomed-primary").out(co::pipe).spawn();
            auto line = co_await primary.out().line();
            REQUIRE(line);
            co_await co::sleep(std::chrono::microseconds(random() % 20000));
            REQUIRE(primary.kill(SIGKILL));
            const co::exit_status status = co_await primary.wait();
            CHECK(status.signal() == SIGKILL);
            std::string rest = *line;
            for (int i = 0; i < 3; ++i) {
                std::size_t used = 0;
                const int pid = std::stoi(rest, &used);
                rest.erase(0, used);
                CHECK(support::eventually([&] {
                    const char state = support::process_state(pid);
                    return state == 0 || state == 'Z';
                }));
            }
        }
    });
}

TEST_CASE("another program with a channel") {
    // The test program itself, but as any other: it finds its channel without a role.
    on_loop([]() -> co::task<> {
        auto w = co_await co::fork<link_type>(self_command("other-program").fd(3, co::null).fd(4, co::null));
        question q;
        q.id = 9;
        co_await w.channel().send(q);
        auto a = co_await w.channel().receive();
        REQUIRE(a);
        CHECK(a->id == 10);
        const co::exit_status status = co_await w.wait();
        CHECK(status.ok());
    });
}

namespace {
const support::child_role other_program("other-program", [](int argc, char** argv) -> int {
    return co::run([]() -> co::task<int> {
        co::parent<link_type> up;
        auto q = co_await up.receive();
        if (!q) co_return 1;
        answer a;
        a.id = q->id + 1;
        co_await up.send(a);
        co_await up.flush();
        co_return 0;
    }, argc, argv);
});
}  // namespace

namespace {
const support::child_role without_run("without-run", [](int, char**) -> int {
    try {
        static_cast<void>(co::self("echo"));
    } catch (const co::error& e) {
        std::fputs(e.what(), stdout);
        return e.code() == std::errc::not_supported ? 7 : 8;
    }
    return 0;
});
}  // namespace

TEST_CASE("a worker whose main does not call run does not start itself again") {
    on_loop([]() -> co::task<> {
        auto refused = co_await self_command("without-run").env("COHORT_ROLE", "echo").output();
        CHECK(refused.status().code() == 7);
        CHECK(text_of(refused.out()).find("main has not called cohort::run, in role \"echo\"") != std::string::npos);
        auto allowed = co_await self_command("without-run").output();
        CHECK(allowed.status().code() == 0);
    });
}

TEST_CASE("run: exit codes and exceptions") {
    char name[] = "/bin/program";
    char arg[] = "7";
    char* argv[] = {name, arg, nullptr};
    CHECK(co::run([]() -> co::task<int> { co_return 3; }, 2, argv) == 3);
    CHECK(co::run([]() -> co::task<> { co_return; }, 2, argv) == 0);
    CHECK(co::run([](co::args a) -> co::task<int> { co_return a.number(0); }, 2, argv) == 7);
    on_loop([]() -> co::task<> {
        auto thrown = co_await self_command("run-throws").output();
        CHECK(thrown.status().code() == 1);
        CHECK(thrown.err() == "run-throws: connect \"somewhere\": Connection refused\n");
    });
}

namespace {
const support::child_role run_throws("run-throws", [](int argc, char** argv) -> int {
    return co::run([]() -> co::task<int> {
        throw co::error(ECONNREFUSED, "connect", "somewhere");
        co_return 0;
    }, argc, argv);
});
}  // namespace
