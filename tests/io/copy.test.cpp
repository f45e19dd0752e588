#include "on_loop.hpp"

#include <cohort/sys/fault.hpp>

#include <array>
#include <cstdint>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {

/// Bytes that tell their position.
char byte_at(std::uint64_t i) { return static_cast<char>((i * 2654435761u) >> 24); }

co::task<> produce(co::stream& to, std::uint64_t size) {
    std::string block;
    for (std::uint64_t at = 0; at < size; at += block.size()) {
        block.resize(std::min<std::uint64_t>(65536, size - at));
        for (std::size_t i = 0; i < block.size(); ++i) block[i] = byte_at(at + i);
        co_await co::write_all(to, block);
    }
    if (to.kind() == co::stream::type::socket) to.shutdown_write();
    else to.close();
}

co::task<> verify(co::stream& from, std::uint64_t& size, bool& right) {
    std::array<char, 65536> b;
    for (;;) {
        const std::size_t n = co_await from.read_some(std::as_writable_bytes(std::span(b)));
        if (n == 0) co_return;
        for (std::size_t i = 0; i < n; ++i) right = right && b[i] == byte_at(size + i);
        size += n;
    }
}

co::task<> relay(co::stream& from, co::stream& to, std::uint64_t& copied) {
    const std::uint64_t n = co_await co::copy(from, to);
    copied = n;
    if (to.kind() == co::stream::type::socket) to.shutdown_write();
    else to.close();
}

/// Sends `size` bytes through `in` -> copy -> `out` and checks that they arrive.
co::task<> check_relay(co::stream& source, co::stream& in, co::stream& out, co::stream& sink, std::uint64_t size) {
    std::uint64_t copied = 0;
    std::uint64_t got = 0;
    bool right = true;
    co_await co::scope([&](co::scope_ref s) -> co::task<> {
        s.spawn(produce(source, size));
        s.spawn(relay(in, out, copied));
        s.spawn(verify(sink, got, right));
        co_return;
    });
    CHECK(copied == size);
    CHECK(got == size);
    CHECK(right);
}

}  // namespace

TEST_CASE("100 MB from a pipe to a socket, spliced") {
    const std::uint64_t size = support::time_factor() > 1 ? 10'000'000 : 100'000'000;
    on_loop([&]() -> co::task<> {
        auto p = co::make_pipe();
        auto s = co::unix_pair();
        const auto before = co::sys::fault::count(co::sys::call::splice);
        co_await check_relay(p.writer(), p.reader(), s.first(), s.second(), size);
        CHECK(co::sys::fault::count(co::sys::call::splice) > before);
    });
}

TEST_CASE("copy between every pair of kinds") {
    on_loop([]() -> co::task<> {
        const std::uint64_t size = 3'000'001;
        {
            auto a = co::make_pipe();
            auto b = co::make_pipe();
            co_await check_relay(a.writer(), a.reader(), b.writer(), b.reader(), size);
        }
        {
            auto a = co::unix_pair();
            auto b = co::make_pipe();
            co_await check_relay(a.first(), a.second(), b.writer(), b.reader(), size);
        }
        {
            auto a = co::unix_pair();
            auto b = co::unix_pair();
            co_await check_relay(a.first(), a.second(), b.first(), b.second(), size);
        }
        {
            auto l = co::listen("127.0.0.1:0");
            auto c = co_await co::connect(l.local_address());
            auto accepted = co_await l.accept();
            REQUIRE(accepted);
            auto b = co::make_pipe();
            co_await check_relay(c, *accepted, b.writer(), b.reader(), size);
            auto d = co::make_pipe();
            auto e = co_await co::connect(l.local_address());
            auto f = co_await l.accept();
            REQUIRE(f);
            co_await check_relay(d.writer(), d.reader(), e, *f, size);
        }
    });
}

TEST_CASE("copy falls back to a buffer where the kernel cannot splice") {
    on_loop([]() -> co::task<> {
        auto a = co::make_pipe();
        auto b = co::make_pipe();
        co::sys::fault::scope plan;
        co::sys::fault::fail(co::sys::call::splice, 1, EINVAL);
        co_await check_relay(a.writer(), a.reader(), b.writer(), b.reader(), 500'000);
        CHECK(co::sys::fault::count(co::sys::call::splice) == 1);
    });
}

TEST_CASE("a copy that makes no progress by splicing goes through a buffer") {
    on_loop([]() -> co::task<> {
        auto a = co::make_pipe();
        auto b = co::make_pipe();
        co::sys::fault::scope plan;
        co::sys::fault::every(co::sys::call::splice, 1, EAGAIN);
        co_await check_relay(a.writer(), a.reader(), b.writer(), b.reader(), 500'000);
    });
}

TEST_CASE("a cancelled copy that spliced has lost nothing") {
    on_loop([]() -> co::task<> {
        auto p = co::make_pipe();
        auto s = co::unix_pair();
        co_await co::write_all(p.writer(), "moved");
        std::uint64_t copied = 0;
        const auto cut = co_await co::timeout(2ms, co::copy(p.reader(), s.first(), copied));
        CHECK(cut.timed_out());
        CHECK(copied == 5);
        co_await co::write_all(p.writer(), " left");
        p.writer().close();
        const std::string left = co_await drain(p.reader());
        CHECK(left == " left");
        s.first().close();
        const std::string moved = co_await drain(s.second());
        CHECK(moved == "moved");
    });
}

TEST_CASE("a copy whose receiver is gone fails, and says how far it came") {
    on_loop([]() -> co::task<> {
        auto p = co::make_pipe();
        auto q = co::make_pipe();
        co_await co::write_all(p.writer(), "bytes");
        q.reader().close();
        std::uint64_t copied = 99;
        const auto failed = co_await co::attempt(co::copy(p.reader(), q.writer(), copied));
        CHECK(said(failed) == "copy \"pipe to pipe\": Broken pipe");
        CHECK(copied == 0);
    });
}
