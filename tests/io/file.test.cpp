#include "on_loop.hpp"

#include <array>

using mode = co::file::mode;
using namespace std::chrono_literals;

TEST_CASE("files are written, appended to, read and positioned") {
    support::temp_dir dir;
    const std::string path = dir / "file";
    on_loop([&]() -> co::task<> {
        {
            auto f = co::file::open(path, mode::write);
            co_await co::write_all(f, "first line\n");
        }
        {
            auto f = co::file::open(path, mode::append);
            co_await co::write_all(f, "second line\n");
            f.sync();
            CHECK(f.size() == 23);
        }
        auto f = co::file::open(path, mode::read_write);
        const std::string all = co_await drain(f);
        CHECK(all == "first line\nsecond line\n");
        CHECK(f.seek(6) == 6);
        std::array<char, 4> b{};
        const std::size_t n = co_await f.read_some(std::as_writable_bytes(std::span(b)));
        CHECK(std::string(b.data(), n) == "line");
        CHECK(f.read_at(std::as_writable_bytes(std::span(b)), 0) == 4);
        CHECK(std::string(b.data(), 4) == "firs");
        CHECK(f.write_at(co::bytes_of("FIRST"), 0) == 5);
        f.resize(10);
        CHECK(support::read_file(path) == "FIRST line");
        {
            auto emptied = co::file::open(path, mode::write);
            CHECK(emptied.size() == 0);
        }
    });
}

TEST_CASE("what cannot be opened or done names the path") {
    support::temp_dir dir;
    const auto refusal = [](auto open) {
        try {
            open();
            return std::string("no error");
        } catch (const co::error& e) {
            return std::string(e.what());
        }
    };
    const std::string path = dir / "there";
    support::write_file(path, "");
    CHECK(refusal([&] { co::file::open(dir / "none", mode::read).close(); }) ==
          "open \"" + (dir / "none") + "\": No such file or directory");
    CHECK(refusal([&] { co::file::open(path, mode::create).close(); }) == "open \"" + path + "\": File exists");
    CHECK(refusal([&] { co::file::open(std::string("a\0b", 3), mode::read).close(); }) ==
          "open \"a\": Invalid argument");
    on_loop([&]() -> co::task<> {
        auto directory = co::file::open(dir.path(), mode::read);
        std::array<std::byte, 4> b;
        const auto failed = co_await co::attempt(directory.read_some(b));
        CHECK(said(failed) == "read \"" + dir.path() + "\": Is a directory");
        auto readable = co::file::open(path, mode::read);
        const auto denied = co_await co::attempt(readable.write_some(co::bytes_of("x")));
        CHECK(said(denied) == "write \"" + path + "\": Bad file descriptor");
    });
}
