#include <cohort/sys/descriptor_name.hpp>
#include <cohort/sys/fault.hpp>
#include <cohort/sys/file.hpp>
#include <cohort/sys/io.hpp>
#include <cohort/sys/socket.hpp>

#include "support/test.hpp"

#include <string>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

TEST_CASE("a descriptor has a name") {
    char name[64];
    const int null = *sys::open("/dev/null", O_RDWR);
    CHECK(*sys::descriptor_name(null, name, sizeof name) == 9);
    CHECK(std::string(name) == "/dev/null");
    CHECK(sys::descriptor_name(null, name, 9).error() == ERANGE);
    CHECK(sys::descriptor_name(null, name, 10));
    CHECK(sys::close(null));
    CHECK(sys::descriptor_name(19999, name, sizeof name).error() == ENOENT);
    CHECK(sys::descriptor_name(2147483647, name, sizeof name).error() == ENOENT);
    CHECK(sys::descriptor_name(-1, name, sizeof name).error() == ENOENT);
    fault::scope plan;
    fault::fail(sys::call::readlink, 1, EACCES);
    CHECK(sys::descriptor_name(0, name, sizeof name).error() == EACCES);
}

TEST_CASE("what is opened once more has flags of its own") {
    const sys::pipe_pair p = *sys::pipe();
    fault::scope plan;
    fault::fail(sys::call::open, 1, EINTR);
    const int again = *sys::reopen_nonblocking(p.read, O_RDONLY);
    CHECK(*sys::is_nonblocking(again));
    CHECK(*sys::is_close_on_exec(again));
    CHECK_FALSE(*sys::is_nonblocking(p.read));
    char c = 'c';
    CHECK(sys::read(again, &c, 1).would_block());
    CHECK(sys::write(p.write, &c, 1));
    CHECK(sys::read(again, &c, 1));
    const sys::socket_pair s = *sys::socketpair();
    CHECK(sys::reopen_nonblocking(s.first, O_RDWR).error() == ENXIO);
    for (int fd : {p.read, p.write, again, s.first, s.second}) CHECK(sys::close(fd));
}

TEST_CASE("the peer is still known when the connection has failed") {
    for (const char* local : {"127.0.0.1:0", "[::1]:0"}) {
        INFO(local);
        const sys::socket_address wanted = *sys::socket_address::parse(local);
        const int listening = *sys::socket(wanted.family(), SOCK_STREAM);
        REQUIRE(sys::bind(listening, wanted));
        REQUIRE(sys::listen(listening));
        sys::socket_address address;
        REQUIRE(sys::local_address(listening, address));
        const int near = *sys::socket(wanted.family(), SOCK_STREAM, 0, false);
        sys::socket_address peer;
        CHECK(sys::former_peer(near, peer).error() == ENOTCONN);
        REQUIRE(sys::connect(near, address));
        const int far = *sys::accept(listening);
        CHECK(sys::former_peer(near, peer));
        CHECK(peer == address);
        // The other side resets the connection.
        const linger at_once = {1, 0};
        REQUIRE(setsockopt(far, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
        CHECK(sys::close(far));
        char c;
        CHECK(sys::read(near, &c, 1).error() == ECONNRESET);
        CHECK(sys::peer_address(near, peer).error() == ENOTCONN);
        peer = sys::socket_address();
        CHECK(sys::former_peer(near, peer));
        CHECK(peer == address);
        CHECK(sys::close(near));
        CHECK(sys::close(listening));
    }
    sys::socket_address peer;
    CHECK(sys::former_peer(-1, peer).error() == EBADF);
}
