#include "on_loop.hpp"

#include <cohort/async/attempt.hpp>

#include <cstring>
#include <unistd.h>

namespace co = cohort;

namespace {

/// Writes its arguments, each with a zero byte after it, argv[0] first.
const support::child_role print_args("print-args-posix", [](int argc, char** argv) -> int {
    for (int i = 1; i < argc; ++i) {
        const std::size_t size = std::strlen(argv[i]) + 1;
        if (::write(1, argv[i], size) != ssize_t(size)) return 1;
    }
    return 0;
});

const support::child_role print_signals("print-signals", [](int, char**) -> int {
    const std::string status = support::read_file("/proc/self/status");
    std::string text;
    for (const char* field : {"SigBlk:", "SigIgn:", "SigCgt:"}) {
        const std::size_t at = status.find(field);
        text += status.substr(at, status.find('\n', at) - at) + '\n';
    }
    return ::write(1, text.data(), text.size()) == ssize_t(text.size()) ? 0 : 1;
});

}  // namespace

TEST_CASE("exec prints as one would type it") {
    CHECK(co::exec("ls | wc -l").to_string() == "/bin/sh -c 'ls | wc -l'");
}

TEST_CASE("arguments arrive byte for byte, whether they are text or not") {
    on_loop([]() -> co::task<> {
        std::string all;
        for (int byte = 1; byte < 256; ++byte) all += char(byte);
        co::command c = self_command("print-args-posix", all, "", " ", "a b", "*");
        std::string expected = all + '\0' + '\0' + ' ' + '\0' + "a b" + '\0' + "*" + '\0';
        for (int byte = 1; byte < 256; ++byte) {
            c.arg(char(byte));
            expected += char(byte);
            expected += '\0';
        }
        auto printed = co_await c.output();
        CHECK(printed.out() == expected);
    });
}

TEST_CASE("argv[0] is what /proc shows") {
    on_loop([]() -> co::task<> {
        auto named = co_await co::command("sh", "-c", "tr '\\0' ' ' < /proc/$$/cmdline")
                         .argv0("other name").output();
        CHECK(named.out().find("other name -c") != std::string_view::npos);
    });
}

TEST_CASE("the environment is what env(1) shows") {
    ::setenv("COHORT_TEST_A", "parent", 1);
    ::setenv("COHORT_TEST_B", "parent", 1);
    ::setenv("COHORT_CHANNEL_FD", "3", 1);
    ::setenv("COHORT_ROLE", "x", 1);
    on_loop([]() -> co::task<> {
        co::command show("sh", "-c", "echo \"${COHORT_TEST_A-none} ${COHORT_TEST_B-none} ${COHORT_TEST_C-none}\"");
        auto plain = co_await show.text();
        CHECK(plain == "parent parent none");
        co::command edited = show;
        edited.env("COHORT_TEST_A", "first").env("COHORT_TEST_A", 42);
        edited.env("COHORT_TEST_C", "").env_remove("COHORT_TEST_B");
        auto changed = co_await edited.text();
        CHECK(changed == "42 none ");
        auto removed = co_await edited.env_remove("COHORT_TEST_A").text();
        CHECK(removed == "none none ");
        auto clear = co_await co::command("/usr/bin/env").env_clear().env("ONLY", "this").text();
        CHECK(clear == "ONLY=this");
        auto nothing = co_await co::command("/usr/bin/env").env("X", 1).env_clear().text();
        CHECK(nothing.empty());
        // The variables of a worker are not for its children.
        auto leaked = co_await co::exec("env | grep -E '^COHORT_(ROLE|CHANNEL_FD)='");
        CHECK(leaked.status().code() == 1);
        CHECK(leaked.out().empty());
    });
    for (const char* name : {"COHORT_TEST_A", "COHORT_TEST_B", "COHORT_CHANNEL_FD", "COHORT_ROLE"}) ::unsetenv(name);
}

TEST_CASE("a script is sought in the child's PATH") {
    const support::temp_dir dir;
    support::write_file(dir / "program", "#!/bin/sh\necho found\n");
    const std::string forbidden = dir / "forbidden";
    ::mkdir(forbidden.c_str(), 0755);
    support::write_file(forbidden + "/program", "#!/bin/sh\necho wrong\n");
    on_loop([&]() -> co::task<> {
        auto unset = co_await co::attempt(co::command("program").env("PATH", dir.path()).text());
        CHECK(unset.code() == std::errc::permission_denied);
        ::chmod((dir / "program").c_str(), 0755);
        auto found = co_await co::command("program").env("PATH", "/nowhere:" + forbidden + ":" + dir.path()).text();
        CHECK(found == "found");
        // Found nowhere else: what was forbidden is the answer.
        auto refused = co_await co::attempt(co::command("program").env("PATH", forbidden + ":/nowhere").text());
        CHECK(refused.message() == "spawn \"program\": Permission denied");
        auto here = co_await co::command("program").env("PATH", "/nowhere:").cwd(dir.path()).text();
        CHECK(here == "found");
        auto slash = co_await co::command("./program").env("PATH", "/nowhere").cwd(dir.path()).text();
        CHECK(slash == "found");
        auto usual = co_await co::command("true").env_clear().output();
        CHECK(usual.ok());
        auto parent = co_await co::attempt(co::command("program").text());
        CHECK(parent.code() == std::errc::no_such_file_or_directory);
    });
}

TEST_CASE("an entry of the environment that is no more than a name has no value") {
    // What stands after its end in memory is another's.
    static char entry[] = "PATH\0/nowhere";
    static char* entries[] = {entry, nullptr};
    char** const former = ::environ;
    ::environ = entries;
    std::string said;
    on_loop([&]() -> co::task<> {
        auto found = co_await co::attempt(co::command("true").output());
        if (!found) said = found.message();
    });
    ::environ = former;
    CHECK(said.empty());
}

TEST_CASE("a directory to start in") {
    const support::temp_dir dir;
    on_loop([&]() -> co::task<> {
        auto there = co_await co::command("pwd", "-P").cwd(dir.path()).text();
        CHECK(there.substr(there.rfind('/')) == dir.path().substr(dir.path().rfind('/')));
    });
}

TEST_CASE("a child begins with all signals at their default and none blocked") {
    ::sigset_t blocked;
    ::sigset_t former;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigaddset(&blocked, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &former);
    const auto hup = std::signal(SIGHUP, SIG_IGN);
    const auto pipe = std::signal(SIGPIPE, SIG_IGN);
    on_loop([]() -> co::task<> {
        auto shown = co_await self_command("print-signals").output();
        CHECK(text_of(shown.out()).find("SigBlk:\t0000000000000000") != std::string::npos);
        CHECK(text_of(shown.out()).find("SigIgn:\t0000000000000000") != std::string::npos);
    });
    std::signal(SIGHUP, hup);
    std::signal(SIGPIPE, pipe);
    ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
}
