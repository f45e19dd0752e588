#include <cohort/sys/fault.hpp>
#include <cohort/sys/io.hpp>
#include <cohort/sys/linux/credentials.hpp>
#include <cohort/sys/poll.hpp>
#include <cohort/sys/socket.hpp>
#include <cohort/sys/socket_option.hpp>

#include "support/test.hpp"
#include "sys/interrupt.hpp"

#include <string>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;
using sys::socket_address;

namespace {

void ready(int fd, short what) {
    sys::poll_entry entry{fd, what, 0};
    REQUIRE(*sys::poll(&entry, 1, -1) == 1);
}

int listener(const socket_address& address) {
    const int fd = *sys::socket(address.family(), SOCK_STREAM);
    REQUIRE(sys::bind(fd, address));
    REQUIRE(sys::listen(fd));
    return fd;
}

socket_address name_of(int fd) {
    socket_address address;
    REQUIRE(sys::local_address(fd, address));
    return address;
}

void check_stream(const socket_address& wanted) {
    const int listening = listener(wanted);
    CHECK(*sys::get_option(listening, sys::socket_option::listening) == 1);
    const socket_address address = name_of(listening);
    CHECK(address.family() == wanted.family());
    CHECK(sys::accept(listening).would_block());

    const int near = *sys::socket(address.family(), SOCK_STREAM);
    CHECK(*sys::is_nonblocking(near));
    CHECK(*sys::is_close_on_exec(near));
    const sys::outcome<> begun = sys::connect(near, address);
    CHECK((begun || begun.error() == EINPROGRESS));
    ready(near, sys::poll_out);
    CHECK(*sys::connect_error(near) == 0);
    ready(listening, sys::poll_in);
    socket_address from;
    const int far = *sys::accept(listening, &from);
    CHECK(*sys::is_nonblocking(far));
    CHECK(*sys::is_close_on_exec(far));
    socket_address peer;
    CHECK(sys::peer_address(near, peer));
    CHECK(peer == address);
    if (address.port() != 0) CHECK(from == name_of(near));

    CHECK(*sys::send(near, "hello", 5) == 5);
    ready(far, sys::poll_in);
    char got[8];
    CHECK(*sys::recv(far, got, 8, MSG_PEEK) == 5);
    CHECK(*sys::recv(far, got, 8) == 5);
    CHECK(sys::recv(far, got, 8).would_block());
    CHECK(sys::shutdown(near, SHUT_WR));
    ready(far, sys::poll_in);
    CHECK(*sys::recv(far, got, 8) == 0);
    CHECK(sys::send(near, "x", 1).error() == EPIPE);  // and no SIGPIPE
    for (int fd : {listening, near, far}) CHECK(sys::close(fd));
}

}  // namespace

TEST_CASE("streams connect over IPv4, IPv6, paths and abstract names") {
    support::temp_dir dir;
    check_stream(socket_address::ipv4(0x7F000001, 0));
    check_stream(*socket_address::parse("[::1]:0"));
    check_stream(*socket_address::unix_path(dir / "s"));
    check_stream(*socket_address::unix_abstract("cohort-test-" + std::to_string(getpid())));
}

TEST_CASE("a refused connection is reported by its pending error") {
    const int listening = listener(socket_address::ipv4(0x7F000001, 0));
    const socket_address address = name_of(listening);
    CHECK(sys::close(listening));
    const int fd = *sys::socket(AF_INET, SOCK_STREAM);
    const sys::outcome<> begun = sys::connect(fd, address);
    if (begun.error() == EINPROGRESS) {
        ready(fd, sys::poll_out);
        CHECK(*sys::connect_error(fd) == ECONNREFUSED);
        CHECK(*sys::connect_error(fd) == 0);  // asking clears it
    } else {
        CHECK(begun.error() == ECONNREFUSED);
    }
    (void)sys::close(fd);
}

TEST_CASE("datagrams carry their sender's address") {
    const int a = *sys::socket(AF_INET, SOCK_DGRAM);
    const int b = *sys::socket(AF_INET, SOCK_DGRAM);
    CHECK(sys::bind(a, socket_address::ipv4(0x7F000001, 0)));
    CHECK(sys::bind(b, socket_address::ipv4(0x7F000001, 0)));
    CHECK(*sys::sendto(a, "datagram", 8, name_of(b)) == 8);
    ready(b, sys::poll_in);
    char got[16];
    socket_address from;
    CHECK(*sys::recvfrom(b, got, 4, from, MSG_PEEK | MSG_TRUNC) == 8);
    CHECK(*sys::recvfrom(b, got, sizeof got, from) == 8);
    CHECK(from == name_of(a));
    CHECK(sys::recvfrom(b, got, sizeof got, from).would_block());
    CHECK(sys::sendto(a, "x", 1, socket_address()).error() == EDESTADDRREQ);
    CHECK(sys::close(a));
    CHECK(sys::close(b));
}

TEST_CASE("options are set and read") {
    const int tcp = *sys::socket(AF_INET6, SOCK_STREAM);
    for (const sys::socket_option each :
         {sys::socket_option::reuse_address, sys::socket_option::reuse_port, sys::socket_option::no_delay,
          sys::socket_option::v6_only, sys::socket_option::keep_alive, sys::socket_option::broadcast}) {
        for (int value : {1, 0}) {
            CHECK(sys::set_option(tcp, each, value));
            CHECK(*sys::get_option(tcp, each) == value);
        }
    }
    for (const sys::socket_option each : {sys::socket_option::send_buffer, sys::socket_option::receive_buffer}) {
        CHECK(sys::set_option(tcp, each, 20000));
        CHECK(*sys::get_option(tcp, each) == 40000);
    }
    CHECK(*sys::get_option(tcp, sys::socket_option::type) == SOCK_STREAM);
    CHECK(sys::close(tcp));
    CHECK(sys::set_option(-1, sys::socket_option::keep_alive, 1).error() == EBADF);
    CHECK(sys::get_option(-1, sys::socket_option::keep_alive).error() == EBADF);
}

TEST_CASE("a socket pair knows its maker") {
    const sys::socket_pair pair = *sys::socketpair();
    CHECK(*sys::is_nonblocking(pair.first));
    CHECK(*sys::is_close_on_exec(pair.second));
    const sys::outcome<sys::peer_identity> who = sys::peer_credentials(pair.first);
    REQUIRE(who);
    CHECK(who->pid == getpid());
    CHECK(who->user == geteuid());
    CHECK(who->group == getegid());
    CHECK(sys::close(pair.first));
    CHECK(sys::close(pair.second));
    const sys::socket_pair waiting = *sys::socketpair(SOCK_SEQPACKET, false);
    CHECK_FALSE(*sys::is_nonblocking(waiting.first));
    CHECK(sys::close(waiting.first));
    CHECK(sys::close(waiting.second));
    CHECK(sys::peer_credentials(-1).error() == EBADF);
}

TEST_CASE("errors of sockets are reported") {
    char c = 0;
    socket_address address;
    CHECK(sys::socket(AF_UNIX, 99).error() != 0);
    CHECK(sys::socketpair(99).error() != 0);
    CHECK(sys::bind(-1, address).error() == EBADF);
    CHECK(sys::listen(-1).error() == EBADF);
    CHECK(sys::accept(-1).error() == EBADF);
    CHECK(sys::connect(-1, address).error() == EBADF);
    CHECK(sys::shutdown(-1, SHUT_RD).error() == EBADF);
    CHECK(sys::send(-1, &c, 1).error() == EBADF);
    CHECK(sys::recv(-1, &c, 1).error() == EBADF);
    CHECK(sys::sendto(-1, &c, 1, address).error() == EBADF);
    CHECK(sys::recvfrom(-1, &c, 1, address).error() == EBADF);
    CHECK(sys::local_address(-1, address).error() == EBADF);
    CHECK(sys::peer_address(-1, address).error() == EBADF);
    CHECK(sys::connect_error(-1).error() == EBADF);
    const int fd = *sys::socket(AF_INET, SOCK_STREAM);
    CHECK(sys::peer_address(fd, address).error() == ENOTCONN);
    CHECK(sys::shutdown(fd, SHUT_RD).error() == ENOTCONN);
    CHECK(sys::close(fd));
}

TEST_CASE("of the socket calls all but connect go past EINTR") {
    const sys::socket_pair pair = *sys::socketpair(SOCK_DGRAM);
    const int listening = listener(socket_address::ipv4(0x7F000001, 0));
    const int near = *sys::socket(AF_INET, SOCK_STREAM);
    char c = 'c';
    socket_address from;
    fault::scope plan;
    for (const sys::call each : {sys::call::send, sys::call::recv, sys::call::sendto, sys::call::recvfrom,
                                 sys::call::accept, sys::call::connect})
        fault::fail(each, 1, EINTR);
    CHECK(sys::connect(near, name_of(listening)).error() == EINTR);
    CHECK(fault::count(sys::call::connect) == 1);
    CHECK(sys::accept(listening).would_block());
    CHECK(sys::send(pair.first, &c, 1));
    CHECK(sys::recv(pair.second, &c, 1));
    CHECK(sys::sendto(pair.first, &c, 1, socket_address()));
    CHECK(sys::recvfrom(pair.second, &c, 1, from));
    for (const sys::call each :
         {sys::call::send, sys::call::recv, sys::call::sendto, sys::call::recvfrom, sys::call::accept})
        CHECK(fault::count(each) == 2);
    for (int fd : {pair.first, pair.second, listening, near}) (void)sys::close(fd);
}

TEST_CASE("a signal does not end a blocking receive") {
    support::interruptions interrupting;
    const sys::socket_pair pair = *sys::socketpair(SOCK_STREAM, false);
    char got = 0;
    {
        support::interrupted_thread receiver([&] { (void)sys::recv(pair.first, &got, 1); });
        receiver.interrupt();
        receiver.interrupt();
        CHECK(sys::send(pair.second, "s", 1));
    }
    CHECK(got == 's');
    (void)sys::close(pair.first);
    (void)sys::close(pair.second);
}
