#include <cohort/sys/fault.hpp>
#include <cohort/sys/file.hpp>
#include <cohort/sys/io.hpp>
#include <cohort/sys/linux/epoll.hpp>
#include <cohort/sys/socket.hpp>

#include "support/test.hpp"
#include "sys/interrupt.hpp"

#include <cstdlib>
#include <string>

#include <fcntl.h>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

TEST_CASE("bytes go through a pipe and its end is 0") {
    const sys::pipe_pair p = *sys::pipe();
    CHECK(*sys::is_close_on_exec(p.read));
    CHECK(*sys::is_close_on_exec(p.write));
    CHECK(*sys::write(p.write, "hello", 5) == 5);
    CHECK(*sys::bytes_readable(p.read) == 5);
    char a[2], b[8];
    sys::io_slice in[] = {{a, 2}, {b, 8}};
    CHECK(*sys::readv(p.read, in, 2) == 5);
    CHECK(std::string(a, 2) + std::string(b, 3) == "hello");
    char x[] = "ab", y[] = "cd";
    const sys::io_slice out[] = {{x, 2}, {y, 2}};
    CHECK(*sys::writev(p.write, out, 2) == 4);
    CHECK(*sys::read(p.read, b, 8) == 4);
    CHECK(sys::close(p.write));
    CHECK(*sys::read(p.read, b, 8) == 0);
    CHECK(sys::close(p.read));
}

TEST_CASE("each end of a pipe has its own non-blocking flag") {
    for (int flags = 0; flags < 4; ++flags) {
        const bool reading = flags & 1, writing = flags & 2;
        const sys::pipe_pair p = *sys::pipe(reading, writing);
        CHECK(*sys::is_nonblocking(p.read) == reading);
        CHECK(*sys::is_nonblocking(p.write) == writing);
        CHECK(sys::set_nonblocking(p.read, !reading));
        CHECK(*sys::is_nonblocking(p.read) == !reading);
        CHECK(*sys::is_nonblocking(p.write) == writing);
        (void)sys::close(p.read);
        (void)sys::close(p.write);
    }
}

TEST_CASE("what would wait says so") {
    const sys::pipe_pair p = *sys::pipe(true, true);
    char buffer[4096] = {};
    CHECK(sys::read(p.read, buffer, 1).would_block());
    sys::outcome<std::size_t> wrote = std::size_t{0};
    while (wrote) wrote = sys::write(p.write, buffer, sizeof buffer);
    CHECK(wrote.would_block());
    (void)sys::close(p.read);
    (void)sys::close(p.write);
}

TEST_CASE("errors of descriptors are reported") {
    char c = 0;
    sys::io_slice slice{&c, 1};
    CHECK(sys::read(-1, &c, 1).error() == EBADF);
    CHECK(sys::write(-1, &c, 1).error() == EBADF);
    CHECK(sys::readv(-1, &slice, 1).error() == EBADF);
    CHECK(sys::writev(-1, &slice, 1).error() == EBADF);
    CHECK(sys::close(-1).error() == EBADF);
    CHECK(sys::dup(-1).error() == EBADF);
    CHECK(sys::is_nonblocking(-1).error() == EBADF);
    CHECK(sys::set_nonblocking(-1, true).error() == EBADF);
    CHECK(sys::is_close_on_exec(-1).error() == EBADF);
    CHECK(sys::set_close_on_exec(-1, true).error() == EBADF);
    CHECK(sys::kind(-1).error() == EBADF);
    CHECK(sys::bytes_readable(-1).error() == EBADF);
    const int full = *sys::open("/dev/full", O_WRONLY);
    CHECK(sys::write(full, &c, 1).error() == ENOSPC);
    (void)sys::close(full);
}

TEST_CASE("a copy is close-on-exec and not below the minimum") {
    const int null = *sys::open("/dev/null", O_RDWR);
    const int copy = *sys::dup(null, 200);
    CHECK(copy >= 200);
    CHECK(*sys::is_close_on_exec(copy));
    CHECK(sys::set_close_on_exec(copy, false));
    CHECK_FALSE(*sys::is_close_on_exec(copy));
    CHECK(sys::close(copy));
    CHECK(sys::close(null));
}

TEST_CASE("the kind of a descriptor is known") {
    support::temp_dir dir;
    const auto kind_of = [](int fd) {
        const sys::outcome<sys::handle_kind> kind = sys::kind(fd);
        CHECK(sys::close(fd));
        return kind.value();
    };
    CHECK(kind_of(*sys::open((dir / "f").c_str(), O_RDWR | O_CREAT)) == sys::handle_kind::regular);
    CHECK(kind_of(*sys::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY)) == sys::handle_kind::directory);
    CHECK(kind_of(*sys::open("/dev/null", O_RDONLY)) == sys::handle_kind::character);
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    REQUIRE(terminal >= 0);
    CHECK(kind_of(terminal) == sys::handle_kind::terminal);
    const sys::pipe_pair p = *sys::pipe();
    CHECK(kind_of(p.read) == sys::handle_kind::pipe);
    CHECK(kind_of(p.write) == sys::handle_kind::pipe);
    const sys::socket_pair s = *sys::socketpair();
    CHECK(kind_of(s.first) == sys::handle_kind::socket);
    CHECK(sys::close(s.second));
    CHECK(kind_of(*sys::epoll_create()) == sys::handle_kind::other);
}

TEST_CASE("a signal does not end a read or a write") {
    support::interruptions interrupting;
    const sys::pipe_pair p = *sys::pipe();
    char got = 0;
    {
        support::interrupted_thread reader([&] { (void)sys::read(p.read, &got, 1); });
        reader.interrupt();
        reader.interrupt();
        CHECK(*sys::write(p.write, "r", 1) == 1);
    }
    CHECK(got == 'r');
    REQUIRE(sys::set_nonblocking(p.write, true));
    std::string block(4096, 'x');
    std::size_t filled = 0;
    for (sys::outcome<std::size_t> n = std::size_t{0}; n; filled += n.value_or(0))
        n = sys::write(p.write, block.data(), 4096);
    REQUIRE(sys::set_nonblocking(p.write, false));
    sys::outcome<std::size_t> wrote = std::size_t{0};
    {
        support::interrupted_thread writer([&] { wrote = sys::write(p.write, "w", 1); });
        writer.interrupt();
        while (filled > 0) filled -= *sys::read(p.read, block.data(), 4096);
    }
    CHECK(*wrote == 1);
    CHECK(*sys::read(p.read, &got, 1) == 1);
    CHECK(got == 'w');
    (void)sys::close(p.read);
    (void)sys::close(p.write);
}

TEST_CASE("the retrying calls of descriptors go past EINTR") {
    const sys::pipe_pair p = *sys::pipe();
    char c = 'c';
    sys::io_slice slice{&c, 1};
    fault::scope plan;
    for (const sys::call each : {sys::call::read, sys::call::write, sys::call::readv, sys::call::writev})
        fault::fail(each, 1, EINTR);
    CHECK(sys::write(p.write, &c, 1));
    CHECK(sys::read(p.read, &c, 1));
    CHECK(sys::writev(p.write, &slice, 1));
    CHECK(sys::readv(p.read, &slice, 1));
    CHECK(fault::count(sys::call::any) == 8);
    CHECK(sys::close(p.read));
    CHECK(sys::close(p.write));
}
