// Listeners at Unix addresses, options and failures of POSIX systems.
#include "on_loop.hpp"

#include <cohort/sys/fault.hpp>

#include <array>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace {

bool have_ipv6() {
    const auto probe = co::sys::socket(AF_INET6, SOCK_STREAM);
    if (!probe) return false;
    const co::handle fd(*probe);
    return bool(co::sys::bind(fd.native(), *co::address::parse("[::1]:0")));
}

}  // namespace

TEST_CASE("the options of a listener") {
    on_loop([]() -> co::task<> {
        auto first = co::listen("127.0.0.1:0", co::listen_options().reuse_port(true).backlog(5));
        auto second = co::listen(first.local_address(), co::listen_options().reuse_port(true));
        CHECK(first.local_address() == second.local_address());
        try {
            auto third = co::listen(first.local_address());
            FAIL("no error");
        } catch (const co::error& e) {
            const std::string where = first.local_address().to_string();
            CHECK(std::string(e.what()) == "listen \"" + where + "\": Address already in use");
        }
        if (!have_ipv6()) co_return;
        auto both = co::listen("[::]:0");
        const auto port = both.local_address().port();
        auto four = co_await co::connect(co::address::ipv4(0x7F000001, port));
        auto accepted = co_await both.accept();
        CHECK(accepted);
        auto only = co::listen("[::]:0", co::listen_options().v6_only(true));
        const auto only_port = only.local_address().port();
        const auto refused = co_await co::attempt(co::connect(co::address::ipv4(0x7F000001, only_port)));
        CHECK(refused.code() == std::errc::connection_refused);
    });
}

TEST_CASE("what cannot be listened at") {
    support::temp_dir dir;
    for (const std::string text : {"nonsense", "127.0.0.1", "localhost:80", ""}) {
        INFO(text);
        CHECK_THROWS_AS(co::listen(text), co::error);
    }
    try {
        static_cast<void>(co::listen("256.0.0.1:80"));
        FAIL("no error");
    } catch (const co::error& e) {
        CHECK(std::string(e.what()) == "listen \"256.0.0.1:80\": Invalid argument");
    }
    // A path that is taken belongs to somebody else, and stays.
    support::write_file(dir / "taken", "content");
    try {
        static_cast<void>(co::listen(dir / "taken"));
        FAIL("no error");
    } catch (const co::error& e) {
        CHECK(e.code() == std::errc::address_in_use);
    }
    CHECK(support::read_file(dir / "taken") == "content");
}

TEST_CASE("a moved listener owns its path, a released one leaves it") {
    support::temp_dir dir;
    const std::string path = dir / "socket";
    struct stat status;
    {
        auto l = co::listen(path);
        co::listener moved = std::move(l);
        l.close();
        CHECK(::stat(path.c_str(), &status) == 0);
    }
    CHECK(::stat(path.c_str(), &status) != 0);
    co::handle passed = co::listen(path).release();
    CHECK(::stat(path.c_str(), &status) == 0);
    on_loop([&]() -> co::task<> {
        co::listener again(std::move(passed));  // as a process does that inherited it
        auto c = co_await co::connect(*co::address::parse(path));
        auto a = co_await again.accept();
        CHECK(a);
    });
    CHECK(::unlink(path.c_str()) == 0);
}

TEST_CASE("connections that broke off while they waited are passed over") {
    on_loop([]() -> co::task<> {
        auto l = co::listen("127.0.0.1:0");
        auto c = co_await co::connect(l.local_address());
        co::sys::fault::scope plan;
        co::sys::fault::fail(co::sys::call::accept, 1, ECONNABORTED);
        co::sys::fault::fail(co::sys::call::accept, 2, EPROTO);
        co::sys::fault::fail(co::sys::call::accept, 3, ENETDOWN);
        auto a = co_await l.accept();
        CHECK(a);
        CHECK(co::sys::fault::injected(co::sys::call::accept) == 3);
    });
}

TEST_CASE("a socket that cannot accept says so, once") {
    on_loop([]() -> co::task<> {
        for (const int family : {AF_UNIX, AF_INET}) {
            const auto made = co::sys::socket(family, co::sys::datagram_socket);
            REQUIRE(made);
            co::listener l{co::handle(*made)};
            const auto failed = co_await co::attempt(l.accept());
            CHECK(failed.code() == std::errc::operation_not_supported);
        }
        // The same of a connection that waits is passed over.
        auto l = co::listen("127.0.0.1:0");
        auto c = co_await co::connect(l.local_address());
        co::sys::fault::scope plan;
        co::sys::fault::fail(co::sys::call::accept, 1, EOPNOTSUPP);
        co::sys::fault::fail(co::sys::call::accept, 2, ENETDOWN);
        auto a = co_await l.accept();
        CHECK(a);
    });
}

TEST_CASE("without a free descriptor accept fails, and the connection can be accepted later") {
    on_loop([]() -> co::task<> {
        auto l = co::listen("127.0.0.1:0");
        auto c = co_await co::connect(l.local_address());
        ::rlimit former;
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &former) == 0);
        ::rlimit low = former;
        std::vector<co::handle> fill;
        low.rlim_cur = 64;
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
        for (;;) {
            const auto more = co::sys::dup(0);
            if (!more) break;
            fill.emplace_back(*more);
        }
        const auto failed = co_await co::attempt(l.accept());
        CHECK(failed.code() == std::errc::too_many_files_open);
        CHECK(said(failed) == "accept \"" + l.local_address().to_string() + "\": Too many open files");
        fill.clear();
        ::setrlimit(RLIMIT_NOFILE, &former);
        auto a = co_await l.accept();
        CHECK(a);
    });
}

TEST_CASE("connect fails as the system says, naming the address") {
    support::temp_dir dir;
    on_loop([&]() -> co::task<> {
        const auto refused = co_await co::attempt(co::connect(*co::address::parse("127.0.0.1:1")));
        CHECK(said(refused) == "connect \"127.0.0.1:1\": Connection refused");
        const auto missing = co_await co::attempt(co::connect(*co::address::parse(dir / "none")));
        CHECK(said(missing) == "connect \"" + (dir / "none") + "\": No such file or directory");
        const auto nobody = co_await co::attempt(co::connect(*co::address::parse("@cohort-nobody-here")));
        CHECK(said(nobody) == "connect \"@cohort-nobody-here\": Connection refused");
        const auto empty = co_await co::attempt(co::connect(co::address()));
        CHECK(!empty);
    });
}

TEST_CASE("a Unix listener whose queue is full is asked again") {
    on_loop([]() -> co::task<> {
        auto l = co::listen("@cohort-full-" + std::to_string(::getpid()), co::listen_options().backlog(0));
        std::vector<co::stream> queued;
        bool full = false;
        while (!full) {
            auto c = co_await co::timeout(5ms, co::connect(l.local_address()));
            if (c) queued.push_back(std::move(*c));
            else full = true;
        }
        CHECK(!queued.empty());
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([](co::listener& from) -> co::task<> {
                co_await co::sleep(10ms);
                auto room = co_await from.accept();
                CHECK(room);
            }, std::ref(l));
            auto waited = co_await co::connect(l.local_address());
            CHECK(waited);
        });
    });
}
