#include "tools.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/sys/fault.hpp>
#include <cohort/sys/path.hpp>

namespace co = cohort;
using co::spawn_step;

namespace {

class failure {
public:
    failure(std::error_code c, spawn_step s, std::string t) : code(c), step(s), text(std::move(t)) {}
    std::error_code code;
    spawn_step step;
    std::string text;
};

co::task<failure> fails(co::command c) {
    try {
        co::child started = co_await c.spawn();
        co_await started.wait();
    } catch (const co::spawn_error& e) {
        if (e.operation() != "spawn") throw;
        co_return failure(e.code(), e.step(), e.what());
    }
    co_return failure(std::error_code(), spawn_step::none, "");
}

}  // namespace

TEST_CASE("a spawn that fails says why in the words of the system, and leaves nothing behind") {
    const support::temp_dir dir;
    on_loop([&]() -> co::task<> {
        SECTION("no such program") {
            failure f = co_await fails(co::command("gti"));
            CHECK(f.code == std::errc::no_such_file_or_directory);
            CHECK(f.step == spawn_step::exec);
            CHECK(f.text == "spawn \"gti\": " + f.code.message());
            failure path = co_await fails(co::command(dir / "gone"));
            CHECK(path.code == std::errc::no_such_file_or_directory);
            CHECK(path.text == "spawn \"" + (dir / "gone") + "\": " + path.code.message());
        }
        SECTION("no such directory") {
            failure f = co_await fails(self_command("exit").cwd(dir / "gone"));
            CHECK(f.code == std::errc::no_such_file_or_directory);
            CHECK(f.step == spawn_step::directory);
            CHECK(f.text == "spawn \"" + support::self_path() + "\" (chdir \"" + (dir / "gone") + "\"): " +
                                f.code.message());
        }
        SECTION("a directory as a program") {
            failure f = co_await fails(co::command(dir.path()));
            CHECK(f.code == std::errc::permission_denied);
            CHECK(f.step == spawn_step::exec);
        }
        SECTION("too many arguments") {
            co::command c = self_command("exit");
            for (int i = 0; i < 100; ++i) c.arg(std::string(100'000, 'x'));
            failure f = co_await fails(c);
            CHECK(f.code == std::errc::argument_list_too_long);
        }
        SECTION("no descriptors left") {
            const co::sys::fault::scope plan;
            co::sys::fault::fail(co::sys::call::pipe, 1, EMFILE);
            failure f = co_await fails(self_command("exit").out(co::pipe));
            CHECK(f.code == std::errc::too_many_files_open);
            CHECK(f.step == spawn_step::prepare);
            CHECK(f.text == "spawn \"" + support::self_path() + "\" (pipe for stdout): " + f.code.message());
        }
        SECTION("what no program can be given") {
            using namespace std::string_literals;
            failure none = co_await fails(co::command(""));
            CHECK(none.text == "spawn (no program is named): Invalid argument");
            failure zero = co_await fails(co::command("echo", "a", "b\0c"s));
            CHECK(zero.text == "spawn \"echo\" (argument 2 has a zero byte): Invalid argument");
            failure name = co_await fails(co::command("ec\0ho"s));
            CHECK(name.code == std::errc::invalid_argument);
            failure argv0 = co_await fails(co::command("echo").argv0("a\0b"s));
            CHECK(argv0.code == std::errc::invalid_argument);
            failure directory = co_await fails(co::command("echo").cwd("a\0b"s));
            CHECK(directory.code == std::errc::invalid_argument);
            failure equals = co_await fails(co::command("echo").env("A=B", "c"));
            CHECK(equals.text == "spawn \"echo\" (env \"A=B\" is no name of a variable): Invalid argument");
            failure empty = co_await fails(co::command("echo").env("", "c"));
            CHECK(empty.code == std::errc::invalid_argument);
            failure value = co_await fails(co::command("echo").env("A", "x\0y"s));
            CHECK(value.text == "spawn \"echo\" (env \"A\" has a zero byte): Invalid argument");
        }
    });
}
