// What only POSIX systems open by path.
#include "on_loop.hpp"

#include <array>
#include <sys/stat.h>

using mode = co::file::mode;
using namespace std::chrono_literals;

TEST_CASE("a FIFO that is opened by path waits on the loop") {
    support::temp_dir dir;
    const std::string path = dir / "fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    on_loop([&]() -> co::task<> {
        CHECK_THROWS_AS(co::file::open(path, mode::write), co::error);  // nobody reads
        auto reader = co::file::open(path, mode::read);
        auto writer = co::file::open(path, mode::write);
        std::array<char, 10> b{};
        const auto nothing = co_await co::timeout(1ms, reader.read_some(std::as_writable_bytes(std::span(b))));
        CHECK(nothing.timed_out());
        co_await co::write_all(writer, "fifo");
        const std::size_t n = co_await reader.read_some(std::as_writable_bytes(std::span(b)));
        CHECK(std::string(b.data(), n) == "fifo");
        reader.close();
        const auto broken = co_await co::attempt(writer.write_some(co::bytes_of("x")));
        CHECK(said(broken) == "write \"" + path + "\": Broken pipe");
    });
}

TEST_CASE("a file that is made has the permissions asked for") {
    support::temp_dir dir;
    on_loop([&]() -> co::task<> {
        auto copied = co::file::open(dir / "other", mode::create, 0600);
        struct stat status;
        REQUIRE(::fstat(copied.native(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
        co_return;
    });
}
