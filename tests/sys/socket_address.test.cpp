#include <cohort/sys/socket_address.hpp>

#include "support/test.hpp"

#include <string>

namespace sys = cohort::sys;
using sys::socket_address;

TEST_CASE("addresses are read and written in the same form") {
    for (const char* text : {"1.2.3.4:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80", "[::]:0", "[fe80::1%7]:9",
                             "[2001:db8::1:2]:443", "/run/x.sock", "./x", "unix:x", "@name", "@a b"}) {
        INFO(text);
        const auto address = socket_address::parse(text);
        REQUIRE(address);
        CHECK(address->to_string() == text);
        CHECK(*socket_address::parse(address->to_string()) == *address);
    }
}

TEST_CASE("what is no address is refused") {
    for (const char* text : {"",
                             "1.2.3.4",
                             "1.2.3:80",
                             "1.2.3.4:",
                             "1.2.3.4:65536",
                             "1.2.3.4:-1",
                             "1.2.3.4: 80",
                             "1.2.3.4:80x",
                             "::1:80",
                             "[::1]",
                             "[::1:80",
                             "[::1]80",
                             "[]:80",
                             "[1.2.3.4]:80",
                             "host:80",
                             ":80",
                             "[::g]:80",
                             "[::1%]:80",
                             "[::1%no-such-interface]:80",
                             "@",
                             "unix:",
                             "01.2.3.4567:1",
                             "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc]:1"}) {
        INFO(text);
        CHECK_FALSE(socket_address::parse(text));
    }
    CHECK_FALSE(socket_address::parse(std::string("1.2.3.4\0:80", 11)));
}

TEST_CASE("parts of addresses are in host order") {
    const socket_address four = socket_address::ipv4(0x7F000001, 8080);
    CHECK(four.to_string() == "127.0.0.1:8080");
    CHECK(four.family() == AF_INET);
    CHECK(four.port() == 8080);
    CHECK(four.size() == sizeof(sockaddr_in));
    socket_address six = *socket_address::parse("[::1%3]:1");
    six.set_port(443);
    CHECK(six.port() == 443);
    CHECK(six.to_string() == "[::1%3]:443");
    socket_address copy = four;
    copy.set_port(1);
    CHECK_FALSE(copy == four);
    CHECK(copy.to_string() == "127.0.0.1:1");
    CHECK(socket_address::parse("[::1%lo]:1")->to_string() != "[::1]:1");
}

TEST_CASE("an empty address has no family") {
    const socket_address none;
    CHECK(none.empty());
    CHECK(none.family() == AF_UNSPEC);
    CHECK(none.port() == 0);
    CHECK(none.to_string() == "");
    CHECK(none.unix_name().empty());
    CHECK(none == socket_address());
}

TEST_CASE("names of Unix sockets keep to their limit") {
    const std::string longest(107, 'x');
    CHECK(socket_address::unix_path(longest)->unix_name() == longest);
    CHECK_FALSE(socket_address::unix_path(longest + 'x'));
    CHECK(socket_address::unix_abstract(longest)->unix_name() == longest);
    CHECK_FALSE(socket_address::unix_abstract(longest + 'x'));
    CHECK_FALSE(socket_address::unix_path(std::string("a\0b", 3)));
    const std::string zeros("a\0b\0", 4);
    const auto abstract = socket_address::unix_abstract(zeros);
    CHECK(abstract->unix_name() == zeros);
    CHECK(abstract->is_abstract());
    CHECK_FALSE(socket_address::unix_path("a")->is_abstract());
}
