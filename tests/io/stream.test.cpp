#include "on_loop.hpp"

#include <array>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

TEST_CASE("both ends of a pipe") {
    on_loop([]() -> co::task<> {
        auto p = co::make_pipe();
        CHECK(p.reader().kind() == co::stream::type::pipe);
        co_await co::write_all(p.writer(), "through the pipe");
        p.writer().close();
        const std::string got = co_await drain(p.reader());
        CHECK(got == "through the pipe");
        CHECK(!p.writer());
        const auto failed = co_await co::attempt(co::write_all(p.writer(), "x"));
        CHECK(failed.code() == std::errc::bad_file_descriptor);
    });
}

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

TEST_CASE("vectored transfers keep the order and may be short") {
    on_loop([]() -> co::task<> {
        for (const bool sockets : {false, true}) {
            auto pipe = co::make_pipe();
            auto pair = co::unix_pair();
            co::stream& in = sockets ? pair.first() : pipe.reader();
            co::stream& out = sockets ? pair.second() : pipe.writer();
            const std::array<std::span<const std::byte>, 4> pieces{co::bytes_of("head"), co::bytes_of(""),
                                                                  co::bytes_of("-"), co::bytes_of("tail")};
            const std::size_t sent = co_await out.write_some(pieces);
            CHECK(sent == 9);
            std::array<char, 2> a{};
            std::array<char, 5> b{};
            std::array<char, 9> c{};
            const std::array<std::span<std::byte>, 3> into{std::as_writable_bytes(std::span(a)),
                                                           std::as_writable_bytes(std::span(b)),
                                                           std::as_writable_bytes(std::span(c))};
            const std::size_t got = co_await in.read_some(into);
            CHECK(got == 9);
            CHECK(std::string(a.data(), 2) == "he");
            CHECK(std::string(b.data(), 5) == "ad-ta");
            CHECK(std::string(c.data(), 2) == "il");

            // More pieces than one call takes: the first sixteen go.
            std::vector<std::span<const std::byte>> many(20, co::bytes_of("xy"));
            const std::size_t some = co_await out.write_some(many);
            CHECK(some == 32);
            std::array<std::byte, 64> rest;
            const std::size_t all = co_await in.read_some(std::span<std::byte>(rest));
            CHECK(all == 32);

            // A vectored read waits like any other.
            const auto nothing = co_await co::timeout(1ms, in.read_some(into));
            CHECK(nothing.timed_out());
        }
    });
}

TEST_CASE("a peer that sends and takes one byte at a time") {
    on_loop([]() -> co::task<> {
        auto pair = co::unix_pair();
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([](co::stream& peer) -> co::task<> {
                for (char byte : std::string("0123456789")) {
                    co_await co::write_all(peer, std::string_view(&byte, 1));
                    co_await co::yield();
                    co_await co::yield();
                }
            }, std::ref(pair.first()));
            std::array<char, 10> all{};
            const std::size_t n = co_await co::read_exactly(pair.second(), std::as_writable_bytes(std::span(all)));
            CHECK(n == 10);
            CHECK(std::string(all.data(), 10) == "0123456789");
        });
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

TEST_CASE("closing a stream ends what waits on it") {
    on_loop([]() -> co::task<> {
        auto p = co::make_pipe();
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([](co::stream& from) -> co::task<> {
                std::array<std::byte, 4> b;
                const auto failed = co_await co::attempt(from.read_some(std::span<std::byte>(b)));
                CHECK(said(failed) == "read: Operation canceled");
            }, std::ref(p.reader()));
            co_await co::sleep(1ms);
            p.reader().close();
        });
    });
}

TEST_CASE("a released descriptor goes on elsewhere") {
    on_loop([]() -> co::task<> {
        auto p = co::make_pipe();
        co_await co::write_all(p.writer(), "a");
        std::array<std::byte, 1> b;
        co_await p.reader().read_some(std::span<std::byte>(b));
        co::handle raw = p.reader().release();
        CHECK(!p.reader());
        co::stream again(std::move(raw), co::stream::type::pipe);
        co_await co::write_all(p.writer(), "b");
        const std::size_t n = co_await again.read_some(std::span<std::byte>(b));
        CHECK(n == 1);
        CHECK(b[0] == std::byte{'b'});
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
