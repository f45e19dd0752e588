#include "on_loop.hpp"

#include <cohort/sys/file.hpp>
#include <cohort/sys/process.hpp>

#include <array>

using namespace std::chrono_literals;

TEST_CASE("datagrams over every family, with sender and truncation") {
    support::temp_dir dir;
    std::vector<std::string> addresses{"127.0.0.1:0"};
    if (have_unix_sockets()) {
        addresses.push_back(dir / "datagram");
        addresses.push_back("@cohort-datagram-" + std::to_string(co::sys::getpid()));
    }
    {
        const auto probe = co::sys::socket(AF_INET6, co::sys::datagram_socket);
        if (probe) {
            const co::handle fd(*probe);
            if (co::sys::bind(fd.native(), *co::address::parse("[::1]:0"))) addresses.push_back("[::1]:0");
        }
    }
    for (const std::string& where : addresses) {
        INFO(where);
        on_loop([&]() -> co::task<> {
            auto server = co::udp_socket::bind(where);
            const std::string own = where.front() == '/'   ? dir / "client"
                                    : where.front() == '@' ? where + "-client"
                                                           : where;
            auto client = co::udp_socket::bind(own);
            co_await client.send_to(co::bytes_of("hello"), server.local_address());
            co_await client.send_to(co::bytes_of(""), server.local_address());
            std::array<char, 16> b{};
            const auto bytes = std::as_writable_bytes(std::span(b));
            const auto first = co_await server.receive_from(bytes);
            CHECK(first.size() == 5);
            CHECK(!first.truncated());
            CHECK(first.from() == client.local_address());
            CHECK(std::string(b.data(), 5) == "hello");
            const auto empty = co_await server.receive_from(bytes);
            CHECK(empty.size() == 0);
            CHECK(!empty.truncated());
            co_await server.send_to(co::bytes_of("0123456789"), first.from());
            const auto cut = co_await client.receive_from(bytes.first(4));
            CHECK(cut.size() == 4);
            CHECK(cut.truncated());
            CHECK(std::string(b.data(), 4) == "0123");
            const auto nothing = co_await co::timeout(1ms, client.receive_from(bytes));
            CHECK(nothing.timed_out());
        });
        static_cast<void>(co::sys::unlink((dir / "client").c_str()));
    }
    static_cast<void>(co::sys::unlink((dir / "datagram").c_str()));
}

TEST_CASE("a connected datagram socket") {
    on_loop([]() -> co::task<> {
        auto server = co::udp_socket::bind("127.0.0.1:0");
        auto client = co::udp_socket::connect(server.local_address());
        co_await client.send(co::bytes_of("ping"));
        std::array<std::byte, 16> b;
        const auto got = co_await server.receive_from(b);
        CHECK(got.size() == 4);
        CHECK(got.from() == client.local_address());
        const std::string where = server.local_address().to_string();
        server.close();
        // The peer is gone: the kernel tells the next call.
        static_cast<void>(co_await co::attempt(client.send(co::bytes_of("ping"))));
        const auto refused = co_await co::attempt(client.receive_from(b));
        CHECK(said(refused) == "receive_from \"" + where + "\": Connection refused");
    });
}

TEST_CASE("datagrams that cannot be sent") {
    on_loop([]() -> co::task<> {
        auto s = co::udp_socket::bind("127.0.0.1:0");
        const std::string huge(70000, 'x');
        const auto failed = co_await co::attempt(s.send_to(co::bytes_of(huge), s.local_address()));
        CHECK(said(failed) == "send_to \"" + s.local_address().to_string() + "\": Message too long");
        CHECK_THROWS_AS(co::udp_socket::bind("nonsense"), co::error);
        CHECK_THROWS_AS(co::udp_socket::bind(s.local_address()), co::error);
    });
}

TEST_CASE("a full receiver holds a connected Unix sender up, not the loop, and refuses others") {
    on_loop([]() -> co::task<> {
        auto slow = co::udp_socket::bind("@cohort-slow-" + std::to_string(::getpid()));
        auto sender = co::udp_socket::connect(slow.local_address());
        auto stranger = co::udp_socket::bind("@cohort-stranger-" + std::to_string(::getpid()));
        const std::string message(1000, 'm');
        const int count = 300;
        int received = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([](co::udp_socket& from, const std::string& text, int n) -> co::task<> {
                for (int i = 0; i < n; ++i) co_await from.send(co::bytes_of(text));
            }, std::ref(sender), std::cref(message), count);
            co_await co::sleep(5ms);
            const auto refused = co_await co::attempt(stranger.send_to(co::bytes_of(message), slow.local_address()));
            CHECK(said(refused) == "send_to \"" + slow.local_address().to_string() + "\": No buffer space available");
            std::array<std::byte, 2000> b;
            while (received < count) {
                const auto got = co_await slow.receive_from(b);
                CHECK(got.size() == message.size());
                ++received;
            }
        });
        CHECK(received == count);
    });
}
