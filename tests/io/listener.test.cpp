#include "on_loop.hpp"

#include <cohort/sys/process.hpp>

#include <filesystem>
#include <vector>

using namespace std::chrono_literals;

namespace {

bool have_ipv6() {
    const auto probe = co::sys::socket(AF_INET6, co::sys::stream_socket);
    if (!probe) return false;
    const co::handle fd(*probe);
    return bool(co::sys::bind(fd.native(), *co::address::parse("[::1]:0")));
}

/// Accepts until the listener is closed; answers each with what it sent, in brackets.
co::task<int> answer_all(co::listener& from) {
    int served = 0;
    while (auto c = co_await from.accept()) {
        const std::string request = co_await drain(*c);
        co_await co::write_all(*c, "[" + request + "]");
        ++served;
    }
    co_return served;
}

co::task<std::string> ask(co::address where, std::string request) {
    auto c = co_await co::connect(where);
    co_await co::write_all(c, request);
    c.shutdown_write();
    const std::string reply = co_await drain(c);
    co_return reply;
}

}  // namespace

TEST_CASE("listen, connect and accept over every family") {
    support::temp_dir dir;
    std::vector<std::string> addresses{"127.0.0.1:0"};
    if (have_unix_sockets()) {
        addresses.push_back("@cohort-listener-" + std::to_string(co::sys::getpid()));
        addresses.push_back(dir / "socket");
    }
    if (have_ipv6()) addresses.push_back("[::1]:0");
    for (const std::string& where : addresses) {
        INFO(where);
        on_loop([&]() -> co::task<> {
            auto l = co::listen(where);
            const co::address at = l.local_address();
            if (where.find(":0") != where.npos) CHECK(at.port() != 0);
            else CHECK(at.to_string() == where);
            int served = 0;
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn([](co::listener& from, int& count) -> co::task<> { count = co_await answer_all(from); },
                        std::ref(l), std::ref(served));
                for (int i = 0; i < 5; ++i) {
                    const std::string reply = co_await ask(at, "question");
                    CHECK(reply == "[question]");
                }
                l.close();
            });
            CHECK(served == 5);
        });
    }
    CHECK(!std::filesystem::exists(dir / "socket"));  // the listener removed its path
}

TEST_CASE("addresses of both ends") {
    on_loop([]() -> co::task<> {
        auto l = co::listen("127.0.0.1:0");
        auto c = co_await co::connect(l.local_address());
        auto a = co_await l.accept();
        REQUIRE(a);
        CHECK(c.peer_address() == l.local_address());
        CHECK(a->local_address() == l.local_address());
        CHECK(a->peer_address() == c.local_address());
    });
}

TEST_CASE("accept gives nothing once the listener is closed") {
    on_loop([]() -> co::task<> {
        auto l = co::listen("127.0.0.1:0");
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (int i = 0; i < 3; ++i)
                s.spawn([](co::listener& from) -> co::task<> {
                    const auto none = co_await from.accept();
                    CHECK(!none);
                }, std::ref(l));
            co_await co::sleep(1ms);
            l.close();
        });
        const auto after = co_await l.accept();
        CHECK(!after);
    });
}

TEST_CASE("a connect that is under way can be cancelled") {
    on_loop([]() -> co::task<> {
        // A listener with a full queue drops further attempts: those stay half open.
        const auto made = co::sys::socket(AF_INET, co::sys::stream_socket);
        REQUIRE(made);
        const co::handle fd(*made);
        REQUIRE(co::sys::bind(fd.native(), *co::address::parse("127.0.0.1:0")));
        REQUIRE(co::sys::listen(fd.native(), 0));
        co::address at;
        REQUIRE(co::sys::local_address(fd.native(), at));
        std::vector<co::stream> queued;
        bool pending = false;
        for (int i = 0; i < 10 && !pending; ++i) {
            auto c = co_await co::timeout(50ms, co::connect(at));
            if (c) queued.push_back(std::move(*c));
            else pending = true;
        }
        CHECK(pending);
    });
}

TEST_CASE("names are resolved, and every address is tried") {
    on_loop([]() -> co::task<> {
        auto l = co::listen("127.0.0.1:0");
        const auto port = l.local_address().port();
        const auto found = co_await co::resolve("127.0.0.1", port);
        REQUIRE(found.size() == 1);
        CHECK(found[0] == l.local_address());
        auto c = co_await co::connect("localhost", port);
        CHECK(c);
        auto a = co_await l.accept();
        CHECK(a);
        l.close();
        a.reset();
        const auto refused = co_await co::attempt(co::connect("127.0.0.1", port));
        const std::string text = "127.0.0.1:" + std::to_string(port);
        CHECK(said(refused) == "connect \"" + text + " (" + text + ")\": Connection refused");
        const auto unknown = co_await co::attempt(co::resolve("host.invalid", "http"));
        CHECK(!unknown);
        CHECK(unknown.code().category() == co::sys::resolve_category());
        CHECK(said(unknown).find("resolve \"host.invalid\": ") == 0);
        // Not the name that stands before the zero byte.
        const auto cut = co_await co::attempt(co::resolve(std::string("127.0.0.1\0.example", 18), port));
        CHECK(cut.code() == std::errc::invalid_argument);
        const auto cut_service = co_await co::attempt(co::resolve("127.0.0.1", std::string("80\0x", 4)));
        CHECK(cut_service.code() == std::errc::invalid_argument);
    });
}
