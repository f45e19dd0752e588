#include "support/faults.hpp"

#include "on_loop.hpp"

#include <array>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {

/// Runs `body` on a loop of its own; a fault in making or running it comes out as an exception. The loop works
/// afterwards.
template <class Body>
void on_fresh_loop(Body body) {
    co::loop loop;
    std::exception_ptr thrown;
    try {
        loop.run(body());
    } catch (...) {
        thrown = std::current_exception();
    }
    const auto alive = []() -> co::task<int> {
        co_await co::sleep(1us);
        co_await co::yield();
        co_return 1;
    };
    CHECK(loop.run(alive()) == 1);
    if (thrown) std::rethrow_exception(thrown);
}

co::task<> exchange(co::stream& a, co::stream& b) {
    const std::string message(200'000, 'm');
    std::string got;
    co_await co::scope([&](co::scope_ref s) -> co::task<> {
        s.spawn([](co::stream& from, std::string& all) -> co::task<> { all = co_await drain(from); }, std::ref(b),
                std::ref(got));
        co_await co::write_all(a, message);
        a.close();
    });
    CHECK(got.size() == message.size());
}

}  // namespace

TEST_CASE("every fault at every site: a pipe") {
    const auto sites = support::each_site_of_all([] {
        on_fresh_loop([]() -> co::task<> {
            auto p = co::make_pipe();
            co_await exchange(p.writer(), p.reader());
        });
    });
    CHECK(sites > 20);
}

TEST_CASE("every fault at every site: vectored and shared streams") {
    const auto sites = support::each_site_of_all([] {
        on_fresh_loop([]() -> co::task<> {
            auto p = co::make_pipe();
            auto s = co::unix_pair();
            std::array<char, 4> a{}, b{};
            const std::array<std::span<std::byte>, 2> into{std::as_writable_bytes(std::span(a)),
                                                           std::as_writable_bytes(std::span(b))};
            const std::array<std::span<const std::byte>, 2> pieces{co::bytes_of("vect"), co::bytes_of("ored")};
            std::size_t sent = co_await p.writer().write_some(pieces);
            std::size_t got = co_await p.reader().read_some(into);
            CHECK(got <= sent);
            sent = co_await s.first().write_some(pieces);
            got = co_await s.second().read_some(into);
            CHECK(got <= sent);
            // What a short read left, so that the exchange begins with nothing under way.
            std::array<std::byte, 8> rest;
            got += co_await co::read_exactly(s.second(), std::span<std::byte>(rest).first(sent - got));
            CHECK(got == sent);
            auto shared = co::adopt(s.first().release(), co::direction::write);
            co_await exchange(shared, s.second());
        });
    });
    CHECK(sites > 20);
}

TEST_CASE("every fault at every site: listen, connect, accept, exchange") {
    for (const char* where : {"127.0.0.1:0", "@cohort-fault-test"}) {
        INFO(where);
        const auto sites = support::each_site_of_all([where] {
            on_fresh_loop([where]() -> co::task<> {
                auto l = co::listen(where);
                std::string reply;
                co_await co::scope([&](co::scope_ref s) -> co::task<> {
                    s.spawn([](co::listener& from) -> co::task<> {
                        auto c = co_await from.accept();
                        if (!c) co_return;
                        const std::string request = co_await drain(*c);
                        co_await co::write_all(*c, "[" + request + "]");
                    }, std::ref(l));
                    auto c = co_await co::connect(l.local_address());
                    co_await co::write_all(c, "hello");
                    c.shutdown_write();
                    reply = co_await drain(c);
                });
                CHECK(reply == "[hello]");
            });
        });
        CHECK(sites > 20);
    }
}

TEST_CASE("every fault at every site: datagrams") {
    const auto sites = support::each_site_of_all([] {
        on_fresh_loop([]() -> co::task<> {
            auto a = co::udp_socket::bind("127.0.0.1:0");
            auto b = co::udp_socket::bind("127.0.0.1:0");
            std::array<std::byte, 16> bytes;
            for (int i = 0; i < 3; ++i) {
                co_await a.send_to(co::bytes_of("datagram"), b.local_address());
                const auto got = co_await b.receive_from(bytes);
                CHECK(got.size() == 8);
                CHECK(got.from() == a.local_address());
            }
        });
    });
    CHECK(sites > 10);
}

TEST_CASE("every fault at every site: copy by splice") {
    const auto sites = support::each_site_of_all([] {
        on_fresh_loop([]() -> co::task<> {
            auto p = co::make_pipe();
            auto s = co::unix_pair();
            std::string got;
            std::uint64_t copied = 0;
            co_await co::scope([&](co::scope_ref sc) -> co::task<> {
                sc.spawn([](co::stream& from, std::string& all) -> co::task<> { all = co_await drain(from); },
                         std::ref(s.second()), std::ref(got));
                sc.spawn([](co::stream& from, co::stream& to, std::uint64_t& n) -> co::task<> {
                    static_cast<void>(co_await co::copy(from, to, n));
                    to.shutdown_write();
                }, std::ref(p.reader()), std::ref(s.first()), std::ref(copied));
                co_await co::write_all(p.writer(), std::string(300'000, 'c'));
                p.writer().close();
            });
            CHECK(copied == 300'000);
            CHECK(got.size() == 300'000);
        });
    });
    CHECK(sites > 20);
}

TEST_CASE("every fault at every site: files and lines") {
    support::temp_dir dir;
    const std::string path = dir / "file";
    const auto sites = support::each_site_of_all([&] {
        on_fresh_loop([&]() -> co::task<> {
            {
                auto f = co::file::open(path, co::file::mode::write);
                co_await co::write_all(f, "one\ntwo\nthree\n");
            }
            auto f = co::file::open(path, co::file::mode::read);
            auto all = co::lines(f);
            int count = 0;
            while (auto line = co_await all.next()) ++count;
            CHECK(count == 3);
        });
    });
    CHECK(sites > 5);
}
