// What only POSIX systems have: descriptors that travel over Unix sockets, users by number, a FIFO for both ways.
#include "support/temp_dir.hpp"
#include "wire/handle_messages.hpp"
#include "wire/peer.hpp"

#include <cohort/sys/message.hpp>

#include <algorithm>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace wire;
using namespace std::chrono_literals;

using text_channel = co::channel<co::stream, co::framing::length_prefix<>, co::codec::bytes>;

TEST_CASE("the format: a count after the length, descriptors with the first byte of their frame") {
    run([]() -> co::task<> {
        raw_pair pair(carrying::handles);
        co::channel_to<render, done> channel(std::move(pair.near()));
        render job{1, "p", numbered(5)};
        co_await channel.send(co::give(job));
        job.id = 2;
        co_await channel.send(co::give(job));
        co_await channel.flush();
        const std::string first = frame_with(R"({"id":1,"path":"p","target":0})", 1);
        const std::string second = frame_with(R"({"id":2,"path":"p","target":null})", 0);
        CHECK(static_cast<unsigned char>(first[4]) == 1);
        char text[1000];
        int fds[10];
        co::sys::io_slice slice{text, 1};
        co::sys::message_in in;
        in.slices = &slice;
        in.slice_count = 1;
        in.fds = fds;
        in.fd_capacity = 10;
        const auto got = co::sys::recvmsg(pair.raw(), in);
        CHECK(*got == 1);
        CHECK(in.fd_count == 1);
        co::handle came(fds[0]);
        CHECK(number_in(came) == 5);
        CHECK(std::string(text, 1) + pair.read() == first + second);
        CHECK(channel.statistics().write_calls == 1);
    });
}

TEST_CASE("descriptors that come with a read after the channel has failed are closed") {
    run([]() -> co::task<> {
        raw_pair pair(carrying::handles);
        json_channel channel(std::move(pair.near()), open());
        co::handle h = numbered(1);
        const std::size_t before = open_count();
        caught told;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> { told = co_await catching(channel.receive<int>()); });
            co_await co::sleep(0ms);  // the read waits
            co::sys::fault::scope faults;
            co::sys::fault::fail(co::sys::call::send, 1, ECONNRESET);
            channel.post(1);
            const caught flushed = co_await catching(channel.flush());
            CHECK(flushed.code == std::errc::connection_reset);
        });
        CHECK(told.code == std::errc::connection_reset);
        const auto reads = channel.statistics().read_calls;
        pair.write(frame_with("1", 1), {fd_of(h)});
        while (channel.statistics().read_calls == reads) co_await co::yield();
        CHECK(open_count() == before);
    });
}

TEST_CASE("a peer that passes descriptors to a channel without handles loses them, and nothing else happens") {
    const std::size_t before = open_count();
    run([]() -> co::task<> {
        raw_pair pair(carrying::handles);
        json_channel channel(std::move(pair.near()));
        co::handle h = numbered(1);
        pair.write(frame("1"), {fd_of(h)});
        auto m = co_await channel.receive<int>();
        CHECK(*m == 1);
    });
    CHECK(open_count() == before);
}

TEST_CASE("no room for received descriptors: an error of the channel, none is kept") {
    const std::size_t before = open_count();
    run([]() -> co::task<> {
        linked<json_channel> l(open());
        co::handle h[4] = {numbered(0), numbered(1), numbered(2), numbered(3)};
        co_await l.a.send(1, std::move(h[0]), std::move(h[1]), std::move(h[2]), std::move(h[3]));
        co_await l.a.flush();  // our copies are closed by now
        rlimit old{};
        getrlimit(RLIMIT_NOFILE, &old);
        // One of the four fits.
        int top = 0;
        for (const auto& [fd, target] : support::open_fds()) top = std::max(top, fd);
        std::vector<co::handle> fill;
        rlimit low = old;
        low.rlim_cur = static_cast<rlim_t>(top) + 2;
        setrlimit(RLIMIT_NOFILE, &low);
        for (;;) {
            const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
            if (fd < 0) break;
            fill.push_back(co::handle(fd));
        }
        fill.pop_back();
        caught error = co_await catching(l.b.receive<int>());
        setrlimit(RLIMIT_NOFILE, &old);
        CHECK(error.is_message_error);
        CHECK(error.fault == co::message_fault::handles_lost);
        CHECK_THAT(error.what, Catch::Matchers::ContainsSubstring("handles were lost"));
        co_await l.b.send(2);
        auto other_way = co_await l.a.receive<int>();
        CHECK(*other_way == 2);
    });
    CHECK(open_count() == before);
}

TEST_CASE("too many descriptors under way make the writer wait, not fail") {
    run([]() -> co::task<> {
        linked<json_channel> l(open());
        co::sys::fault::scope faults;
        co::sys::fault::fail(co::sys::call::sendmsg, 1, ETOOMANYREFS);
        co::handle h = numbered(4);
        co_await l.a.send(1, std::move(h));
        auto m = co_await l.b.receive_message<int>();
        CHECK(co::sys::fault::injected(co::sys::call::sendmsg) == 1);
        REQUIRE(m->handles().size() == 1);
        CHECK(number_in(m->handles()[0]) == 4);
    });
}

TEST_CASE("shutdown_write of what is no socket closes it, and lets a receive that waits go with nothing") {
    support::temp_dir place;
    const std::string path = place / "both-ways";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    support::loop_driver<> d;
    const int fd = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(fd >= 0);
    text_channel channel(co::stream(co::handle(fd), co::stream::type::pipe));
    int ended = 0;
    const auto receiver = [](text_channel& from, int& count) -> co::task<> {
        auto m = co_await from.receive();
        if (!m) ++count;
    };
    support::root<> first(d.exec(), receiver(channel, ended));
    support::root<> second(d.exec(), receiver(channel, ended));
    d.settle();
    CHECK(!first.done());
    support::root<> end(d.exec(), [](text_channel& of) -> co::task<> { co_await of.shutdown_write(); }(channel));
    d.settle();
    CHECK(end.done());
    CHECK(!end.error());
    CHECK(ended == 2);
    support::root<> after(d.exec(), receiver(channel, ended));
    d.settle();
    CHECK(ended == 3);
    first.stop();
    second.stop();
    d.settle();
}

TEST_CASE("the peer's user and group") {
    run([]() -> co::task<> {
        linked<json_channel> l;
        CHECK(l.a.peer().user == getuid());
        CHECK(l.a.peer().group == getgid());
        co_return;
    });
}
