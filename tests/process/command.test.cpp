#include "tools.hpp"

#include "support/environment.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/sys/file.hpp>
#include <cohort/sys/path.hpp>

#include <cstring>
#include <filesystem>
#include <list>
#include <vector>

namespace co = cohort;

namespace {

/// Writes its arguments, each with a zero byte after it.
const support::child_role print_args("print-args", [](int argc, char** argv) -> int {
    for (int i = 1; i < argc; ++i) tools::put(1, std::string_view(argv[i], std::strlen(argv[i]) + 1));
    return 0;
});

/// Writes `NAME=value` of each variable that is named, or `no NAME`.
const support::child_role print_variables("print-variables", [](int argc, char** argv) -> int {
    for (int i = 1; i < argc; ++i) {
        const char* const value = std::getenv(argv[i]);
        tools::put(1, (value ? std::string(argv[i]) + "=" + value : std::string("no ") + argv[i]) + "\n");
    }
    return 0;
});

/// Writes the last part of its directory's path, or of its program's.
const support::child_role print_place("print-place", [](int, char** argv) -> int {
    char path[4096];
    const bool directory = std::string_view(argv[1]) == "directory";
    const auto length = directory ? co::sys::getcwd(path, sizeof path) : co::sys::executable_path(path, sizeof path);
    tools::put(1, length ? co::sys::base_name(std::string_view(path, *length)) : "none");
    return 0;
});

const support::child_role print_count("print-count", [](int, char**) -> int {
    std::size_t count = 0;
    char bytes[4096];
    for (;;) {
        const auto got = co::sys::read(0, bytes, sizeof bytes);
        if (!got || *got == 0) break;
        count += *got;
    }
    tools::put(1, std::to_string(count) + "\n");
    return 0;
});

/// Says by what name it was started; not by `--child`, which takes the name away.
const support::main_hook print_name([](int argc, char** argv) -> int {
    if (argc < 2 || std::string_view(argv[1]) != "print-name") return -1;
    tools::put(1, argv[0]);
    return 0;
});

/// A copy of this program under another name, with the ending that programs have here.
std::string copy_of_self(const std::string& directory, const std::string& name) {
    const std::string self = support::self_path();
    const std::size_t dot = co::sys::base_name(self).find('.');
    const std::string ending = dot == std::string::npos ? "" : std::string(co::sys::base_name(self).substr(dot));
    std::filesystem::copy_file(self, directory + "/" + name + ending);
    return ending;
}

/// An anonymous file has a name as long as somebody has it open, where the system has no other.
bool input_file_is_left() {
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::temp_directory_path()))
        if (entry.path().filename().string().starts_with("cohort-input")) return true;
    return false;
}

}  // namespace

TEST_CASE("a command prints as one would type it") {
    CHECK(co::command("git", "rev-parse", "HEAD").to_string() == "git rev-parse HEAD");
    CHECK(co::command("echo", "two words", "", "it's", "$HOME", "a=b").to_string() ==
          "echo 'two words' '' 'it'\\''s' '$HOME' a=b");
    CHECK(co::command("make").env("LC_ALL", "C").env("FLAGS", "-a -b").to_string() == "LC_ALL=C FLAGS='-a -b' make");
    CHECK(co::command("x", 1, -2L, 3u, 2.5, 'c', std::string("s"), std::string_view("v")).to_string() ==
          "x 1 -2 3 2.5 c s v");
    const std::vector<std::string> words{"a", "b"};
    const std::list<int> numbers{1, 2};
    CHECK(co::command("x").args(words).args(numbers).arg("z").to_string() == "x a b 1 2 z");
}

TEST_CASE("a command is a value") {
    on_loop([]() -> co::task<> {
        co::command base = self_command("print-args", "a");
        co::command longer = base;
        longer.arg("b");
        for (int i = 0; i < 2; ++i) {
            auto one = co_await base.output();
            auto two = co_await longer.output();
            CHECK(one.out() == std::string("a\0", 2));
            CHECK(two.out() == std::string("a\0b\0", 4));
        }
        co::command moved = std::move(longer);
        longer = base;
        base = std::move(moved);
        auto swapped = co_await base.output();
        auto copied = co_await longer.output();
        CHECK(swapped.out() == std::string("a\0b\0", 4));
        CHECK(copied.out() == std::string("a\0", 2));
        // The awaitable keeps what it needs.
        auto started = [] { return self_command("say", "kept alive").out(co::pipe).spawn(); }();
        co::child c = co_await started;
        std::byte bytes[32];
        const std::size_t count = co_await c.out().stream().read_some(bytes);
        CHECK(count == 10);
        co_await c.wait();
    });
}

TEST_CASE("arguments arrive as they were given") {
    on_loop([]() -> co::task<> {
        std::string all;
        for (int byte = 1; byte < 128; ++byte) all += char(byte);
        const std::string words[] = {all, "", " ", "a b", "*", "\\", "\\\"", "\"a\" b\\", "%PATH%", "$HOME",
                                     "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"};
        co::command c = self_command("print-args");
        std::string expected;
        for (const std::string& word : words) {
            c.arg(word);
            expected += word + '\0';
        }
        for (int byte = 1; byte < 128; ++byte) {
            c.arg(char(byte));
            expected += char(byte);
            expected += '\0';
        }
        auto printed = co_await c.output();
        CHECK(printed.out() == expected);
    });
}

TEST_CASE("the environment is the parent's with the command's changes") {
    support::set_environment("COHORT_TEST_A", "parent");
    support::set_environment("COHORT_TEST_B", "parent");
    on_loop([]() -> co::task<> {
        co::command show = self_command("print-variables", "COHORT_TEST_A", "COHORT_TEST_B", "COHORT_TEST_C");
        auto plain = co_await show.output();
        CHECK(plain.out() == "COHORT_TEST_A=parent\nCOHORT_TEST_B=parent\nno COHORT_TEST_C\n");
        co::command edited = show;
        edited.env("COHORT_TEST_A", "first").env("COHORT_TEST_A", 42);
        edited.env("COHORT_TEST_C", "a=b c").env_remove("COHORT_TEST_B");
        auto changed = co_await edited.output();
        CHECK(changed.out() == "COHORT_TEST_A=42\nno COHORT_TEST_B\nCOHORT_TEST_C=a=b c\n");
        auto removed = co_await edited.env_remove("COHORT_TEST_A").output();
        CHECK(removed.out() == "no COHORT_TEST_A\nno COHORT_TEST_B\nCOHORT_TEST_C=a=b c\n");
        auto clear = co_await show.env_clear().env("COHORT_TEST_C", "only").output();
        CHECK(clear.out() == "no COHORT_TEST_A\nno COHORT_TEST_B\nCOHORT_TEST_C=only\n");
    });
    support::set_environment("COHORT_TEST_A", "");
    support::set_environment("COHORT_TEST_B", "");
}

TEST_CASE("a program is sought in the child's PATH, and from its directory") {
    const support::temp_dir dir;
    const std::string ending = copy_of_self(dir.path(), "program");
    const std::string separator(1, co::sys::path_list_separator);
    on_loop([&]() -> co::task<> {
        const auto ask = [](co::command c) -> co::command {
            return c.arg("--child").arg("print-place").arg("program");
        };
        const std::string name = "program" + ending;
        auto found = co_await ask(co::command("program").env("PATH", "/nowhere" + separator + dir.path())).text();
        CHECK(found == name);
        auto in_full = co_await ask(co::command(name).env("PATH", dir.path())).text();
        CHECK(in_full == name);
        auto path = co_await ask(co::command(dir / "program").env("PATH", "/nowhere")).text();
        CHECK(path == name);
        auto here = co_await ask(co::command("./program").env("PATH", "/nowhere").cwd(dir.path())).text();
        CHECK(here == name);
        auto nowhere = co_await co::attempt(ask(co::command("program").env("PATH", "/nowhere")).text());
        CHECK(nowhere.code() == std::errc::no_such_file_or_directory);
        auto parent = co_await co::attempt(ask(co::command("program")).text());
        CHECK(parent.code() == std::errc::no_such_file_or_directory);
        auto where = co_await self_command("print-place", "directory").cwd(dir.path()).text();
        CHECK(where == co::sys::base_name(dir.path()));
    });
}

TEST_CASE("argv[0] can be another name") {
    on_loop([]() -> co::task<> {
        auto named = co_await co::command(support::self_path(), "print-name").argv0("other name").output();
        CHECK(named.out() == "other name");
    });
}

TEST_CASE("input of a spawned command comes from an anonymous file") {
    on_loop([]() -> co::task<> {
        const std::string big(3'000'000, 'y');
        co::child last = co_await self_command("cat").in(co::pipe).input("said last").out(co::pipe).spawn();
        CHECK(!last.in());
        auto fed = co_await last.out().line();
        REQUIRE(fed);
        CHECK(*fed == "said last");
        co_await last.wait();
        auto none = co_await self_command("cat").input("said first").in(co::null).output();
        CHECK(none.out().empty());
        co::child c = co_await self_command("print-count").input(big).out(co::pipe).spawn();
        co_await c.wait();
        std::byte bytes[32];
        const std::size_t count = co_await c.out().stream().read_some(bytes);
        CHECK(std::stoi(std::string(reinterpret_cast<char*>(bytes), count)) == 3'000'000);
    });
    CHECK(support::eventually([] { return !input_file_is_left(); }));
}
