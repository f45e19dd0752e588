// Cancellation of what waits in Unix sockets and in pipes of pages.
#include "support/cancellation.hpp"

#include "on_loop.hpp"

#include <array>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

using driver = support::loop_driver<>;

/// Events of descriptors reach the waiter through the loop, and several readers of one stream are served in order.
support::cancellation_traits through_the_loop() {
    support::cancellation_traits traits;
    traits.synchronous = false;
    return traits;
}

std::size_t bytes_in(int fd) {
    int count = 0;
    REQUIRE(::ioctl(fd, FIONREAD, &count) == 0);
    return std::size_t(count);
}

struct piped {
    co::pipe_pair ends = co::make_pipe();
};

struct paired {
    co::stream_pair ends = co::unix_pair();
};

}  // namespace

TEST_CASE("cancelling write_some") {
    // A full pipe; room for one write is made by taking a page out. Its reader counts what arrived.
    struct full_pipe {
        co::pipe_pair ends = co::make_pipe();
        std::size_t rooms = 0;
        std::size_t used = 0;
        full_pipe() {
            const std::string page(4096, 'p');
            while (::write(ends.writer().native(), page.data(), page.size()) > 0) {}
        }
    };
    support::check_cancellation<full_pipe, driver>(
        "stream.write_some",
        [](full_pipe& s) -> co::task<> {
            const std::string page(4096, 'q');
            const std::size_t n = co_await s.ends.writer().write_some(co::bytes_of(page));
            CHECK(n == 4096);
            ++s.used;
        },
        [](full_pipe& s) {
            std::array<char, 4096> page;
            REQUIRE(::read(s.ends.reader().native(), page.data(), page.size()) == 4096);
            ++s.rooms;
        },
        [](full_pipe& s) { return s.rooms - s.used; }, through_the_loop());
}

TEST_CASE("cancelling accept") {
    struct listening {
        co::listener from = co::listen("127.0.0.1:0");
        std::vector<co::handle> clients;
        std::size_t accepted = 0;
    };
    support::check_cancellation<listening, driver>(
        "listener.accept",
        [](listening& s) -> co::task<> {
            auto c = co_await s.from.accept();
            CHECK(c);
            ++s.accepted;
        },
        [](listening& s) {
            const auto made = co::sys::socket(AF_INET, SOCK_STREAM, 0, false);
            REQUIRE(made);
            s.clients.emplace_back(*made);
            REQUIRE(co::sys::connect(*made, s.from.local_address()));
        },
        [](listening& s) { return s.clients.size() - s.accepted; }, through_the_loop());
}

TEST_CASE("cancelling connect") {
    // A Unix listener with a full queue; taking one connection out makes room for one connect.
    struct crowded {
        co::listener at = co::listen("@cohort-crowded-" + std::to_string(::getpid()), co::listen_options().backlog(0));
        co::handle waiting;
        std::vector<co::stream> made;
        crowded() {
            const auto first = co::sys::socket(AF_UNIX, SOCK_STREAM);
            REQUIRE(first);
            waiting = co::handle(*first);
            REQUIRE(co::sys::connect(*first, at.local_address()));
        }
    };
    driver d;
    const auto await = [](crowded& s) -> co::task<> {
        auto c = co_await co::connect(s.at.local_address());
        s.made.push_back(std::move(c));
    };
    crowded s;
    {
        support::root<> r(d.exec(), await(s));
        r.stop();
        d.settle();
        CHECK(r.was_cancelled());
    }
    const auto before = support::open_fds().size();
    support::root<> r(d.exec(), await(s));
    d.settle();
    CHECK(!r.done());
    CHECK(support::open_fds().size() > before);
    r.stop();
    d.settle();
    CHECK(r.was_cancelled());
    CHECK(support::open_fds().size() == before);  // the half-open socket is closed
    CHECK(d.exec().timers().empty());
    CHECK(s.made.empty());
    support::root<> again(d.exec(), await(s));
    d.settle();
    const auto taken = co::sys::accept(s.at.native());
    REQUIRE(taken);
    const co::handle old(*taken);
    d.finish(again);
    CHECK(s.made.size() == 1);
}

TEST_CASE("cancelling receive_from and send_to") {
    struct datagrams {
        co::udp_socket to = co::udp_socket::bind("127.0.0.1:0");
        co::udp_socket from = co::udp_socket::bind("127.0.0.1:0");
    };
    support::check_cancellation<datagrams, driver>(
        "udp_socket.receive_from",
        [](datagrams& s) -> co::task<> {
            std::array<std::byte, 8> b;
            const auto got = co_await s.to.receive_from(b);
            CHECK(got.size() == 1);
        },
        [](datagrams& s) { REQUIRE(co::sys::sendto(s.from.native(), "x", 1, s.to.local_address())); },
        [](datagrams& s) { return bytes_in(s.to.native()); }, through_the_loop());

    // A Unix receiver whose queue is full holds the sender up until one datagram is taken.
    struct full_queue {
        co::udp_socket to = co::udp_socket::bind("@cohort-queue-" + std::to_string(::getpid()));
        co::udp_socket from = co::udp_socket::connect(to.local_address());
        std::size_t rooms = 0;
        std::size_t used = 0;
        full_queue() {
            while (co::sys::send(from.native(), "x", 1)) {}
        }
    };
    support::check_cancellation<full_queue, driver>(
        "udp_socket.send",
        [](full_queue& s) -> co::task<> {
            co_await s.from.send(co::bytes_of("y"));
            ++s.used;
        },
        [](full_queue& s) {
            char byte;
            REQUIRE(co::sys::recv(s.to.native(), &byte, 1));
            ++s.rooms;
        },
        [](full_queue& s) { return s.rooms - s.used; }, through_the_loop());
}
