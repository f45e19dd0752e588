#include "on_loop.hpp"

#include <cohort/async/attempt.hpp>

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace co = cohort;
using co::spawn_step;

namespace {

class failure {
public:
    failure(int c, spawn_step s, std::string t) : code(c), step(s), text(std::move(t)) {}
    int code;
    spawn_step step;
    std::string text;
};

co::task<failure> fails(co::command c) {
    try {
        co::child started = co_await c.spawn();
        co_await started.wait();
    } catch (const co::spawn_error& e) {
        if (e.operation() != "spawn") throw;
        co_return failure(e.code().value(), e.step(), e.what());
    }
    co_return failure(0, spawn_step::none, "");
}

/// Sets a limit, and puts it back.
class limited {
public:
    using resource = decltype(RLIMIT_NOFILE);  // of another type on each system

    limited(resource what, rlim_t value) : what_(what) {
        ::getrlimit(what, &former_);
        ::rlimit now = former_;
        now.rlim_cur = value;
        REQUIRE(::setrlimit(what, &now) == 0);
    }
    ~limited() { ::setrlimit(what_, &former_); }

private:
    resource what_;
    ::rlimit former_{};
};

// As somebody who is not root, with as many processes as he may have.
const support::child_role no_more_processes("no-more-processes", [](int, char**) -> int {
    if (::setuid(54321) != 0) return 77;
    ::rlimit one{1, 1};
    ::setrlimit(RLIMIT_NPROC, &one);
    // By _exit: a leak checker at the exit would need a process more.
    ::_exit(on_loop([]() -> co::task<int> {
        failure f = co_await fails(co::command("true"));
        co_return f.code == EAGAIN && f.step == spawn_step::clone &&
                f.text == "spawn \"true\" (clone): Resource temporarily unavailable" ? 0 : 1;
    }));
});

}  // namespace

TEST_CASE("a spawn that fails names the step and the error, and leaves nothing behind") {
    const support::temp_dir dir;
    on_loop([&]() -> co::task<> {
        SECTION("no such program") {
            failure f = co_await fails(co::command("gti"));
            CHECK(f.code == ENOENT);
            CHECK(f.step == spawn_step::exec);
            CHECK(f.text == "spawn \"gti\": No such file or directory");
            failure path = co_await fails(co::command("/no/such/program"));
            CHECK(path.text == "spawn \"/no/such/program\": No such file or directory");
        }
        SECTION("no such directory") {
            failure f = co_await fails(co::command("true").cwd("/gone"));
            CHECK(f.code == ENOENT);
            CHECK(f.step == spawn_step::directory);
            CHECK(f.text == "spawn \"true\" (chdir \"/gone\"): No such file or directory");
        }
        SECTION("not executable") {
            support::write_file(dir / "plain", "text");
            failure f = co_await fails(co::command(dir / "plain"));
            CHECK(f.code == EACCES);
            CHECK(f.step == spawn_step::exec);
            failure folder = co_await fails(co::command(dir.path()));
            CHECK(folder.code == EACCES);
        }
        SECTION("not a program") {
            support::write_file(dir / "plain", "no interpreter line\n");
            ::chmod((dir / "plain").c_str(), 0755);
            failure f = co_await fails(co::command(dir / "plain"));
            CHECK(f.code == ENOEXEC);
            CHECK(f.text == "spawn \"" + (dir / "plain") + "\": Exec format error");
        }
        SECTION("an interpreter that is not there") {
            support::write_file(dir / "script", "#!/no/such/interpreter\n");
            ::chmod((dir / "script").c_str(), 0755);
            failure f = co_await fails(co::command(dir / "script"));
            CHECK(f.code == ENOENT);
        }
        SECTION("too many arguments") {
            co::command c("true");
            for (int i = 0; i < 100; ++i) c.arg(std::string(100'000, 'x'));
            failure f = co_await fails(c);
            CHECK(f.code == E2BIG);
            CHECK(f.step == spawn_step::exec);
            failure one = co_await fails(co::command("true", std::string(200'000, 'x')));
            CHECK(one.code == E2BIG);
        }
        SECTION("no descriptors left") {
            const int next = ::dup(0);
            ::close(next);
            co::child warm = co_await co::command("true").spawn();
            co_await warm.wait();
            failure f(0, spawn_step::none, "");
            failure null(0, spawn_step::none, "");
            {
                // No check in here: the sanitizer's checks need descriptors of their own.
                const limited files(RLIMIT_NOFILE, rlim_t(next));
                f = co_await fails(co::command("true").out(co::pipe));
                null = co_await fails(co::command("true").in(co::null));
            }
            CHECK(f.code == EMFILE);
            CHECK(f.step == spawn_step::prepare);
            CHECK(f.text == "spawn \"true\" (pipe for stdout): Too many open files");
            CHECK(null.text == "spawn \"true\" (stdin \"/dev/null\"): Too many open files");
        }
    });
}

TEST_CASE("a current directory that has been removed") {
    char former[4096];
    REQUIRE(::getcwd(former, sizeof former));
    {
        const support::temp_dir dir;
        REQUIRE(::chdir(dir.path().c_str()) == 0);
    }
    on_loop([]() -> co::task<> {
        co::child c = co_await co::command("true").spawn();
        const co::exit_status status = co_await c.wait();
        CHECK(status.ok());
        failure f = co_await fails(co::command("./program"));
        CHECK(f.code == ENOENT);
    });
    REQUIRE(::chdir(former) == 0);
}

TEST_CASE("an input beyond the limit of file sizes is an error, and not the end of the process") {
    on_loop([]() -> co::task<> {
        failure f(0, spawn_step::none, "");
        {
            const limited size(RLIMIT_FSIZE, 1024);
            f = co_await fails(co::command("cat").input(std::string(2000, 'x')).out(co::null));
        }
        CHECK(f.code == EFBIG);
        CHECK(f.text == "spawn \"cat\" (stdin): File too large");
        ::sigset_t mask;
        REQUIRE(::pthread_sigmask(SIG_BLOCK, nullptr, &mask) == 0);
        CHECK(sigismember(&mask, SIGXFSZ) == 0);
        f = co_await fails(co::command("cat").input(std::string(2000, 'x')).out(co::null));
        CHECK(f.code == 0);
    });
}

TEST_CASE("no more processes for this user") {
    if (::geteuid() != 0) {
        WARN("not run: needs root, to become somebody else");
        return;
    }
    on_loop([]() -> co::task<> {
        // Root is not limited, so a child does it that has become somebody else.
        auto tried = co_await self_command("no-more-processes").output();
        if (tried.status().code() == 77) WARN("not run: setuid is not allowed here");
        else CHECK(tried.status().code() == 0);
    });
}
