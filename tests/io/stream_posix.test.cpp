// What only POSIX systems have: pairs of sockets, users by number, /dev/full.
#include "on_loop.hpp"

#include <array>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

TEST_CASE("a pair of sockets, both ways at once, half closed") {
    on_loop([]() -> co::task<> {
        auto pair = co::unix_pair();
        const std::string big(300000, 'b');
        std::string echoed;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([](co::stream& echo) -> co::task<> {
                static_cast<void>(co_await co::copy(echo, echo));
                echo.shutdown_write();
            }, std::ref(pair.second()));
            s.spawn([](co::stream& from, std::string& all) -> co::task<> { all = co_await drain(from); },
                    std::ref(pair.first()), std::ref(echoed));
            co_await co::write_all(pair.first(), big);
            pair.first().shutdown_write();
        });
        CHECK(echoed == big);
    });
}

TEST_CASE("errors name the operation and what it was done to") {
    on_loop([]() -> co::task<> {
        auto p = co::make_pipe();
        p.reader().close();
        const auto broken = co_await co::attempt(p.writer().write_some(co::bytes_of("x")));
        CHECK(said(broken) == "write \"pipe\": Broken pipe");

        auto full = co::file::open("/dev/full", co::file::mode::write);
        const auto no_space = co_await co::attempt(co::write_all(full, "x"));
        CHECK(no_space.code() == std::errc::no_space_on_device);
        CHECK(said(no_space) == "write \"/dev/full\": No space left on device");

        auto l = co::listen("127.0.0.1:0");
        const std::string where = l.local_address().to_string();
        auto c = co_await co::connect(l.local_address());
        auto accepted = co_await l.accept();
        REQUIRE(accepted);
        const std::string client = accepted->peer_address().to_string();
        // A reset by the peer; the name of the peer of a connection that is gone is still known.
        const ::linger at_once{1, 0};
        ::setsockopt(accepted->native(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        accepted->close();
        std::array<std::byte, 4> b;
        const auto reset = co_await co::attempt(c.read_some(std::span<std::byte>(b)));
        CHECK(said(reset) == "read \"" + where + "\": Connection reset by peer");
        const auto gone = co_await co::attempt(c.write_some(co::bytes_of("x")));
        CHECK(said(gone) == "write \"" + where + "\": Broken pipe");

        support::temp_dir dir;
        for (const std::string name : {"s", "server", "a-server-with-a-name-that-is-longer-than-an-address"}) {
            auto local = co::listen(dir / name);
            auto near = co_await co::connect(local.local_address());
            {
                auto far = co_await local.accept();
                CHECK(far);
            }
            const auto lost = co_await co::attempt(near.write_some(co::bytes_of("x")));
            CHECK(said(lost) == "write \"" + (dir / name) + "\": Broken pipe");
        }

        auto pair = co::unix_pair();
        pair.first().close();
        const auto closed = co_await co::attempt(pair.second().write_some(co::bytes_of("x")));
        CHECK(said(closed) == "write \"socket\": Broken pipe");
        const auto not_a_socket = co_await co::attempt([](co::stream& s) -> co::task<> {
            s.shutdown_write();
            co_return;
        }(p.writer()));
        CHECK(said(not_a_socket) == "shutdown \"pipe\": Socket operation on non-socket");
    });
}

TEST_CASE("who is at the other end") {
    on_loop([]() -> co::task<> {
        auto pair = co::unix_pair();
        const auto who = pair.first().peer_credentials();
        CHECK(who.pid == ::getpid());
        CHECK(who.user == ::getuid());
        CHECK(who.group == ::getgid());
        CHECK(pair.first().peer_address().to_string().empty());
        co_return;
    });
}
