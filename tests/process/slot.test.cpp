#include "tools.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/async/timeout.hpp>
#include <cohort/io/pipe.hpp>

#include <algorithm>
#include <unistd.h>
#include <vector>

namespace co = cohort;
using namespace std::chrono_literals;

namespace {

/// Reads its input and writes it in brackets, and a word to stderr.
const support::child_role answers("answer", [](int, char**) -> int {
    char bytes[64];
    const auto got = co::sys::read(0, bytes, sizeof bytes);
    tools::put(1, "<" + std::string(bytes, got.value_or(0)) + ">");
    tools::put(2, "err");
    return 0;
});

/// Echoes what comes on descriptor 5 of the C library back on it, with a mark.
const support::child_role echo_on_5("echo-on-5", [](int, char**) -> int {
    char bytes[64];
    const int count = int(::read(5, bytes + 1, sizeof bytes - 1));
    bytes[0] = '>';
    return ::write(5, bytes, unsigned(count + 1)) == count + 1 ? 0 : 1;
});

/// Writes to each descriptor of the C library that it is told of that number.
const support::child_role name_descriptors("name-descriptors", [](int argc, char** argv) -> int {
    for (int i = 1; i < argc; ++i) {
        const std::string text = std::string(argv[i]) + "\n";
        if (::write(std::atoi(argv[i]), text.data(), unsigned(text.size())) != int(text.size())) return 1;
    }
    return 0;
});

/// Says how much there is to read on descriptor 7 of the C library: -1 where it is closed.
const support::child_role read_from_7("read-from-7", [](int, char**) -> int {
    char bytes[64];
    tools::put(1, std::to_string(int(::read(7, bytes, sizeof bytes))));
    return 0;
});

co::task<> write_text(co::stream& to, std::string text) {
    std::size_t done = 0;
    while (done < text.size())
        done += co_await to.write_some(std::as_bytes(std::span<const char>(text).subspan(done)));
}

class own_pipe {
public:
    own_pipe() {
        const auto made = co::sys::pipe();
        REQUIRE(made);
        reader = co::handle(made->read);
        writer = co::handle(made->write);
    }
    std::string content() {
        writer.close();
        std::string all;
        char bytes[256];
        for (;;) {
            const auto got = co::sys::read(reader.native(), bytes, sizeof bytes);
            if (!got || *got == 0) return all;
            all.append(bytes, *got);
        }
    }
    co::handle reader;
    co::handle writer;
};

}  // namespace

TEST_CASE("pipes lead to the parent") {
    on_loop([]() -> co::task<> {
        co::child c = co_await self_command("answer").in(co::pipe).out(co::pipe).err(co::pipe).spawn();
        co_await write_text(c.in(), "line");
        std::string out = co_await read_all(c.out().stream());
        std::string err = co_await read_all(c.err().stream());
        CHECK(out == "<line>");
        CHECK(err == "err");
        const co::exit_status status = co_await c.wait();
        CHECK(status.ok());

        co::child bare = co_await self_command("exit").in(co::null).spawn();
        CHECK(!bare.in());
        CHECK(!bare.out().stream());
        std::byte byte[1];
        auto none = co_await co::attempt(bare.out().stream().read_some(byte));
        CHECK(none.code() == std::errc::bad_file_descriptor);
        CHECK_THROWS_AS(bare.fd(3), co::error);
        co_await bare.wait();
    });
}

TEST_CASE("null, files, and appending to files") {
    const support::temp_dir dir;
    on_loop([&]() -> co::task<> {
        support::write_file(dir / "in", "from a file");
        co::child c = co_await self_command("cat").in(co::from_file(dir / "in")).out(co::to_file(dir / "out")).spawn();
        co_await c.wait();
        CHECK(support::read_file(dir / "out") == "from a file");
        co::command more = self_command("say", "more", "error");
        more.out(co::to_file(dir / "out", co::file_start::append)).err(co::to_file(dir / "err"));
        for (int i = 0; i < 2; ++i) {
            co::child again = co_await more.spawn();
            co_await again.wait();
        }
        CHECK(support::read_file(dir / "out") == "from a filemoremore");
        CHECK(support::read_file(dir / "err") == "error");
        co::child shorter = co_await self_command("say", "x").out(co::to_file(dir / "out")).spawn();
        co_await shorter.wait();
        CHECK(support::read_file(dir / "out") == "x");
        auto empty = co_await self_command("cat").in(co::null).output();
        CHECK(empty.out().empty());
        auto missing = co_await co::attempt(co::command("cat").in(co::from_file(dir / "gone")).spawn());
        CHECK(missing.code() == std::errc::no_such_file_or_directory);
        CHECK(missing.message() == "spawn \"cat\" (stdin \"" + (dir / "gone") + "\"): " + missing.code().message());
    });
}

TEST_CASE("stderr goes where stdout goes") {
    on_loop([]() -> co::task<> {
        auto both = co_await self_command("say", "one ", "two").err(co::to_stdout).output();
        CHECK(both.out() == "one two");
        CHECK(both.err().empty());
        auto wrong = co_await co::attempt(co::command("true").in(co::to_stdout).spawn());
        CHECK(wrong.code() == std::errc::invalid_argument);
    });
}

TEST_CASE("handles are shared by copies of the command and copied by each spawn") {
    own_pipe to;
    on_loop([&]() -> co::task<> {
        co::command c = self_command("say", "hello\n");
        SECTION("a copy of a handle") { c.out(to.writer); }
        SECTION("the handle itself") { c.out(co::handle(*co::sys::dup(to.writer.native()))); }
        const co::command copy(c);
        const co::command* const all[] = {&c, &copy, &c};
        for (const co::command* one : all) {
            co::child started = co_await one->spawn();
            const co::exit_status status = co_await started.wait();
            CHECK(status.ok());
        }
    });
    CHECK(to.content() == "hello\nhello\nhello\n");
}

TEST_CASE("an end of a pipe that is handed over serves any program") {
    on_loop([]() -> co::task<> {
        co::pipe_pair first = co::make_pipe();
        co::pipe_pair second = co::make_pipe();
        co::child c = co_await self_command("cat")
                          .in(std::move(first.reader())).out(std::move(second.writer())).spawn();
        CHECK(!first.reader());
        // After the program has begun to read, and in pieces.
        for (const char* text : {"one ", "two ", "three"}) {
            co_await write_text(first.writer(), text);
            std::byte bytes[64];
            const std::size_t count = co_await second.reader().read_some(bytes);
            CHECK(std::string(reinterpret_cast<char*>(bytes), count) == text);
        }
        first.writer() = co::stream();
        const co::exit_status status = co_await c.wait();
        CHECK(status.ok());
    });
}

TEST_CASE("further descriptors reach programs of the C library") {
    on_loop([]() -> co::task<> {
        co::child c = co_await self_command("echo-on-5").fd(5, co::pipe).spawn();
        co_await write_text(c.fd(5), "both ways");
        std::string answer = co_await read_all(c.fd(5));
        CHECK(answer == ">both ways");
        const co::exit_status status = co_await c.wait();
        CHECK(status.ok());

        own_pipe to;
        {
            co::command two = self_command("name-descriptors", 7, 9);
            co::child d = co_await two.fd(9, to.writer).fd(7, to.writer).spawn();
            co_await d.wait();
        }  // the command keeps its copies open
        CHECK(to.content() == "7\n9\n");

        for (const int number : {-1, 0, 2}) {
            auto wrong = co_await co::attempt(co::command("true").fd(number, co::null).spawn());
            CHECK(wrong.code() == std::errc::invalid_argument);
        }
        auto twice = co_await co::attempt(co::command("true").fd(4, co::null).fd(4, co::null).spawn());
        CHECK(twice.message() == "spawn \"true\" (fd 4 is named twice or not beyond 2): Invalid argument");
    });
}

TEST_CASE("any permutation of descriptors comes out right") {
    on_loop([]() -> co::task<> {
        std::vector<own_pipe> pipes(4);
        int order[] = {0, 1, 2, 3};
        do {
            co::command c = self_command("name-descriptors", 4, 5, 6, 7);
            for (int i = 0; i < 4; ++i) c.fd(4 + i, pipes[std::size_t(order[i])].writer);
            c.in(co::null);
            co::child started = co_await c.spawn();
            const co::exit_status status = co_await started.wait();
            REQUIRE(status.ok());
            for (int i = 0; i < 4; ++i) {
                char bytes[8] = {};
                const auto got = co::sys::read(pipes[std::size_t(order[i])].reader.native(), bytes, sizeof bytes);
                REQUIRE(got.value_or(0) == 2);
                REQUIRE(bytes[0] == '4' + i);
            }
        } while (std::next_permutation(order, order + 4));
    });
}

TEST_CASE("what this process does not have is inherited as the null device") {
    on_loop([]() -> co::task<> {
        auto closed = co_await self_command("read-from-7").output();
        CHECK(closed.out() == "-1");
        auto null = co_await self_command("read-from-7").fd(7, co::null).output();
        CHECK(null.out() == "0");
        auto inherited = co_await self_command("read-from-7").fd(7, co::inherit).output();
        CHECK(inherited.out() == "0");
    });
}

TEST_CASE("a path with a zero byte names no file") {
    const support::temp_dir dir;
    support::write_file(dir / "kept", "precious");
    const std::string path = (dir / "kept") + std::string("\0.log", 5);
    on_loop([&]() -> co::task<> {
        auto out = co_await co::attempt(co::command("true").out(co::to_file(path)).spawn());
        CHECK(out.message() == "spawn \"true\" (stdout \"" + (dir / "kept") + "\": the path has a zero byte): "
                               "Invalid argument");
        auto err = co_await co::attempt(co::command("true").err(co::to_file(path, co::file_start::append)).spawn());
        CHECK(err.code() == std::errc::invalid_argument);
        auto in = co_await co::attempt(co::command("true").in(co::from_file(path)).spawn());
        CHECK(in.code() == std::errc::invalid_argument);
        auto further = co_await co::attempt(co::command("true").fd(4, co::to_file(path)).spawn());
        CHECK(further.code() == std::errc::invalid_argument);
    });
    CHECK(support::read_file(dir / "kept") == "precious");
}
