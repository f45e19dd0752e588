#include "support/cancellation.hpp"
#include "wire/peer.hpp"

using namespace wire;
using support::check_cancellation;
using driver = support::loop_driver<>;

namespace {

using text_channel = co::channel<co::stream, co::framing::length_prefix<>, co::codec::bytes>;

constexpr support::cancellation_traits seen_by_the_loop = [] {
    support::cancellation_traits traits;
    traits.synchronous = false;
    return traits;
}();

/// A channel whose peer is a raw socket.
struct receiving {
    raw_pair pair;
    text_channel channel{std::move(pair.near())};
    std::size_t sent = 0;

    void peer_sends() { pair.write(frame("message " + std::to_string(++sent))); }
    std::size_t left() const { return sent - channel.statistics().messages_received; }
    std::string next() const { return "message " + std::to_string(channel.statistics().messages_received); }
};

/// A channel whose kernel buffer is full, and whose own as well: whoever sends has to wait.
struct sending {
    raw_pair pair{carrying::handles};
    text_channel channel;
    std::string blocked;
    co::handle along = numbered(7);
    std::size_t drained = 0;

    explicit sending(driver& d) {
        channel = text_channel(std::move(pair.near()), co::channel_options().high_water(1000).handles(1));
        fill(d);
    }

    void fill(driver& d) {
        const auto one = [](text_channel& to, const std::string& m) -> co::task<> {
            co_await to.flush();
            to.post(m);
        };
        const std::string message(3000, 'f');
        while (channel.has_room()) {
            d.run(one(channel, message));
            d.settle();
        }
    }

    void peer_reads_all() {
        while (!pair.read().empty()) ++drained;
    }
};

}  // namespace

TEST_CASE("receive: cancelled before, in flight, and racing with a message") {
    check_cancellation<receiving, driver>(
        "receive",
        [](receiving& s) -> co::task<> {
            auto m = co_await s.channel.receive();
            REQUIRE(m);
            CHECK(*m == s.next());
        },
        [](receiving& s) { s.peer_sends(); }, [](receiving& s) { return s.left(); }, seen_by_the_loop);
}

TEST_CASE("receive_into and receive_message: the same") {
    check_cancellation<receiving, driver>(
        "receive_into",
        [](receiving& s) -> co::task<> {
            std::string m;
            const bool there = co_await s.channel.receive_into(m);
            CHECK(there);
            CHECK(m == s.next());
        },
        [](receiving& s) { s.peer_sends(); }, [](receiving& s) { return s.left(); }, seen_by_the_loop);
    check_cancellation<receiving, driver>(
        "receive_message",
        [](receiving& s) -> co::task<> {
            auto m = co_await s.channel.receive_message();
            REQUIRE(m);
            CHECK(m->value() == s.next());
        },
        [](receiving& s) { s.peer_sends(); }, [](receiving& s) { return s.left(); }, seen_by_the_loop);
}

TEST_CASE("a cancelled receive keeps the part of a frame that has arrived") {
    driver d;
    raw_pair pair;
    text_channel channel(std::move(pair.near()));
    const std::string whole = frame("a message in pieces");
    for (std::size_t i = 0; i < whole.size(); ++i) {
        pair.write(whole.substr(i, 1));
        if (i + 1 == whole.size()) break;
        support::root<> r(d.exec(), [](text_channel& from) -> co::task<> { co_await from.receive(); }(channel));
        d.settle();
        REQUIRE(!r.done());
        r.stop();
        d.settle();
        REQUIRE(r.was_cancelled());
    }
    auto got = d.run([](text_channel& from) -> co::task<std::string> {
        auto m = co_await from.receive();
        co_return *m;
    }(channel));
    CHECK(got == "a message in pieces");
}

TEST_CASE("send at the mark: a cancelled one sends nothing and leaves the handle where it is") {
    driver d;
    sending s(d);
    const std::size_t queued = s.channel.queued();
    const auto sent = s.channel.statistics().messages_sent;
    const auto send = [](sending& on) -> co::task<> { co_await on.channel.send("with a handle", std::move(on.along)); };
    {
        support::root<> r(d.exec(), send(s));
        r.stop();  // before it starts
        d.settle();
        CHECK(r.was_cancelled());
        CHECK(number_in(s.along) == 7);
    }
    {
        support::root<> r(d.exec(), send(s));
        d.settle();
        REQUIRE(!r.done());
        r.stop();  // in flight
        d.settle();
        CHECK(r.was_cancelled());
        CHECK(number_in(s.along) == 7);
        CHECK(s.channel.queued() == queued);
        CHECK(s.channel.statistics().messages_sent == sent);
    }
    {
        support::root<> first(d.exec(), send(s));
        support::root<> second(d.exec(), [](sending& on) -> co::task<> { co_await on.channel.send("second"); }(s));
        d.settle();
        REQUIRE(!second.done());
        first.stop();  // racing with room
        s.peer_reads_all();
        d.settle();
        for (int i = 0; i < 100 && !second.done(); ++i) {
            s.peer_reads_all();
            d.settle();
        }
        CHECK(first.was_cancelled());
        CHECK(number_in(s.along) == 7);
        REQUIRE(second.done());
        CHECK(!second.error());
        CHECK(s.channel.statistics().messages_sent == sent + 1);
    }
    {
        support::root<> r(d.exec(), send(s));
        d.settle();
        REQUIRE(r.done());
        r.stop();  // too late
        CHECK(!r.error());
        CHECK(!s.along);
    }
    while (s.channel.queued() > 0) {
        s.peer_reads_all();
        d.settle();
    }
    CHECK(s.channel.statistics().handles_sent == 1);
    CHECK(support::pending_names(d.exec()).empty());
}

TEST_CASE("a granted send that is cancelled before it goes on still sends, and the next in line follows") {
    driver d;
    sending s(d);
    support::root<> first(d.exec(), [](sending& on) -> co::task<> { co_await on.channel.send("first"); }(s));
    support::root<> second(d.exec(), [](sending& on) -> co::task<> { co_await on.channel.send("second"); }(s));
    d.settle();
    const auto sent = s.channel.statistics().messages_sent;
    // Turn the loop by hand, up to the point where the first is ready to go on but has not run.
    while (!d.exec().has_ready()) {
        s.peer_reads_all();
        d.loop().backend().wait(0);
    }
    first.stop();
    d.settle();
    CHECK(first.done());
    CHECK(!first.error());
    CHECK(second.done());
    CHECK(s.channel.statistics().messages_sent == sent + 2);
}

// Windows does not tell how much of a write that it took back has been read: there the message goes on.
constexpr bool withdraws = co::detail::channel_transport<co::stream>::takes_writes_back;

TEST_CASE("a large payload under way: cancelled with nothing out it is withdrawn, else the message goes on whole") {
    driver d;
    for (const bool partly : {false, true}) {
        raw_pair pair;
        text_channel channel(std::move(pair.near()), co::channel_options().high_water(1 << 20));
        std::string received;
        std::size_t junk = 0;
        if (!partly) {
            // A full kernel buffer, written behind the channel's back.
            const std::string block(1 << 16, 'j');
            for (long n = 1; n > 0; junk += static_cast<std::size_t>(n > 0 ? n : 0))
                n = support::raw_write(channel.native(), block);
        }
        std::string large(2 << 20, 'L');
        support::root<> r(d.exec(), [](text_channel& to, const std::string& m) -> co::task<> { co_await to.send(m); }(channel, large));
        d.settle();
        REQUIRE(!r.done());
        const auto out = channel.statistics().bytes_sent;
        CHECK((out > 0) == partly);
        r.stop();
        d.settle();
        REQUIRE(r.done());
        const bool withdrawn = !partly && withdraws;
        CHECK(r.was_cancelled() == withdrawn);
        std::fill(large.begin(), large.end(), '!');  // the caller's again
        if (withdrawn) {
            CHECK(channel.queued() == 0);
            CHECK(channel.statistics().messages_sent == 0);
        }
        for (std::size_t left = junk; left > 0;) left -= pair.read(left).size();
        support::root<> after(d.exec(), [](text_channel& to) -> co::task<> {
            co_await to.send("after");
            co_await to.flush();
        }(channel));
        while (!after.done()) {
            received += pair.read();
            d.settle();
        }
        received += pair.read();
        CHECK(received == (withdrawn ? std::string() : frame(std::string(2 << 20, 'L'))) + frame("after"));
    }
}

TEST_CASE("a large payload that is withdrawn leaves what follows it as it is: a flush ends, a handle stays with its message") {
    if (!withdraws) return;
    driver d;
    raw_pair pair(carrying::handles);
    text_channel channel(std::move(pair.near()), co::channel_options().high_water(1 << 20).handles(1));
    std::size_t junk = 0;
    while (support::raw_write(channel.native(), "j") > 0) ++junk;
    const std::string large(100'000, 'L');
    support::root<> sends(d.exec(), [](text_channel& to, const std::string& m) -> co::task<> { co_await to.send(m); }(channel, large));
    d.settle();
    REQUIRE(!sends.done());
    const auto posts = [](text_channel& to) -> co::task<> {
        to.post("behind", numbered(5));
        co_await to.flush();
    };
    support::root<> flushes(d.exec(), posts(channel));
    d.settle();
    REQUIRE(!flushes.done());
    sends.stop();
    d.settle();
    REQUIRE(sends.was_cancelled());
    for (std::size_t left = junk; left > 0;) left -= pair.read(left).size();
    d.finish(flushes);
    CHECK(channel.queued() == 0);
    CHECK(channel.statistics().bytes_sent == frame_with("behind", 1).size());
    CHECK(channel.statistics().handles_sent == 1);

    co::stream other(pair.release_raw(), co::stream::type::socket);
    text_channel receiver(std::move(other), co::channel_options().handles(1));
    int number = -1;
    d.run([](text_channel& from, int& n) -> co::task<> {
        auto m = co_await from.receive_message<std::string>();
        REQUIRE(m);
        CHECK(m->value() == "behind");
        REQUIRE(m->handles().size() == 1);
        n = number_in(m->handles()[0]);
    }(receiver, number));
    CHECK(number == 5);
}

TEST_CASE("flush, shutdown_write and close: cancelled they have changed nothing") {
    driver d;
    enum class kind { flush, shut, close };
    for (const kind k : {kind::flush, kind::shut, kind::close}) {
        sending s(d);
        const auto begin = [k](sending& on) -> co::task<> {
            if (k == kind::flush) co_await on.channel.flush();
            else if (k == kind::shut) co_await on.channel.shutdown_write();
            else co_await on.channel.close();
        };
        for (const bool started : {false, true}) {
            support::root<> r(d.exec(), begin(s));
            if (started) d.settle();
            r.stop();
            d.settle();
            REQUIRE(r.done());
            CHECK(r.was_cancelled());
        }
        // Sending still works: nobody has shut anything.
        CHECK(!s.channel.post("more"));
        CHECK(s.channel.native() >= 0);
        support::root<> r(d.exec(), begin(s));
        d.settle();
        REQUIRE(!r.done());
        while (!r.done()) {
            s.peer_reads_all();
            d.settle();
        }
        r.stop();
        CHECK(!r.error());
        CHECK(s.channel.queued() == 0);
        CHECK((s.channel.native() < 0) == (k == kind::close));
        CHECK(support::pending_names(d.exec()).empty());
    }
}

TEST_CASE("a timeout never loses a message") {
    using namespace std::chrono_literals;
    run([]() -> co::task<> {
        co::stream_pair both = co::unix_pair();
        text_channel a(std::move(both.first())), b(std::move(both.second()));
        constexpr int total = 500;
        auto nothing = co_await co::timeout(10us, b.receive());
        CHECK(nothing.timed_out());
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                for (int i = 0; i < total; ++i) {
                    const std::string message = std::to_string(i);
                    co_await a.send(message);
                    if (i % 7 == 0) co_await co::sleep(50us);
                }
                co_await a.close();
            });
            int next = 0;
            bool open = true;
            while (open) {
                auto got = co_await co::timeout(10us, b.receive());
                if (got.timed_out()) continue;
                if (!got) {
                    open = false;
                } else {
                    CHECK(*got == std::to_string(next));
                    ++next;
                }
            }
            CHECK(next == total);
        });
    });
}
