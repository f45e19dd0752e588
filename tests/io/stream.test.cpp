#include "on_loop.hpp"

#include <array>
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
