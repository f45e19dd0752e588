#include "support/temp_dir.hpp"
#include "wire/peer.hpp"

#include <map>
#include <optional>
#include <variant>


using namespace wire;
using namespace std::chrono_literals;

namespace {

struct point {
    int x;
    int y;
};
struct shape {
    std::string name;
    std::vector<point> points;
    std::optional<double> weight;
    std::map<std::string, int> tags;
};
struct done {
    int id;
    double seconds;
};

using text_channel = co::channel<co::stream, co::framing::length_prefix<>, co::codec::bytes>;
using json_channel = co::channel<co::stream>;

template <class Channel>
struct linked {
    Channel a;
    Channel b;
    explicit linked(co::channel_options options = co::channel_options()) {
        co::stream_pair both = co::unix_pair();
        a = Channel(std::move(both.first()), options);
        b = Channel(std::move(both.second()), options);
    }
};

}  // namespace

TEST_CASE("typed messages go both ways") {
    run([]() -> co::task<> {
        co::stream_pair both = co::unix_pair();
        co::channel_to<shape, done> up(std::move(both.first()));
        co::channel_to<done, shape> down(std::move(both.second()));
        shape s{"a \"quoted\" name", {{1, 2}, {-3, 4}}, 2.5, {{"k", 7}}};
        co_await up.send(s);
        auto got = co_await down.receive();
        REQUIRE(got);
        CHECK(got->name == s.name);
        REQUIRE(got->points.size() == 2);
        CHECK(got->points[1].x == -3);
        CHECK(got->weight == 2.5);
        CHECK(got->tags.at("k") == 7);
        co_await down.send(done{4, 0.5});  // trivially destructible: a temporary is fine on every compiler
        auto answer = co_await up.receive();
        REQUIRE(answer);
        CHECK(answer->id == 4);
        CHECK(!up.carries_handles());
        co_await up.close();
        auto end = co_await down.receive();
        CHECK(!end);
        auto still = co_await down.receive();
        CHECK(!still);
    });
}

TEST_CASE("a channel without types sends anything and receives what is asked for") {
    run([]() -> co::task<> {
        linked<json_channel> l;
        point p{1, 2};
        co_await l.a.send(p);
        co_await l.a.send(p);
        co_await l.a.send(std::string("text"));
        co_await l.a.send(42);
        auto first = co_await l.b.receive();
        REQUIRE(first);
        CHECK((*first)["y"].as_int64() == 2);
        auto second = co_await l.b.receive<point>();
        REQUIRE(second);
        CHECK(second->x == 1);
        auto third = co_await l.b.receive<std::string>();
        CHECK(*third == "text");
        int number = 0;
        const bool there = co_await l.b.receive_into(number);
        CHECK(there);
        CHECK(number == 42);
        co::json::value v;
        v["list"].push_back(1);
        co_await l.b.send(v);
        auto back = co_await l.a.receive();
        CHECK(co::json::write(*back) == R"({"list":[1]})");
    });
}

TEST_CASE("raw bytes, text, and views into the channel") {
    run([]() -> co::task<> {
        linked<text_channel> l;
        const std::string binary("\0\xff\x01", 3);
        co_await l.a.send(binary);
        const std::vector<std::byte> bytes(5, std::byte{7});
        co_await l.a.send(bytes);
        co_await l.a.send(std::string_view());
        co_await l.a.send("literal");
        auto first = co_await l.b.receive();
        CHECK(*first == binary);
        auto second = co_await l.b.receive<std::vector<std::byte>>();
        CHECK(*second == bytes);
        auto empty = co_await l.b.receive<std::string_view>();
        REQUIRE(empty);
        CHECK(empty->empty());
        auto view = co_await l.b.receive<std::span<const std::byte>>();
        CHECK(view->size() == 7);

        co::stream_pair both = co::unix_pair();
        co::channel<co::stream, co::framing::length_prefix<2, co::framing::big>, co::codec::text> a(std::move(both.first())),
            b(std::move(both.second()));
        co_await a.send("gr\xc3\xbc\xc3\x9f");
        auto text = co_await b.receive();
        CHECK(*text == "gr\xc3\xbc\xc3\x9f");
        co_await a.send("bad\xc3(");
        auto refused = co_await catching(b.receive());
        CHECK(refused.is_message_error);
        CHECK(refused.fault == co::message_fault::malformed);
        CHECK(refused.offset == 2 + 6 + 2 + 3);
    });
}

TEST_CASE("the bytes on the wire are a little-endian length and the text") {
    run([]() -> co::task<> {
        raw_pair pair;
        co::channel_to<point, point> channel(std::move(pair.near()));
        point p{1, 2};
        co_await channel.send(p);
        co_await channel.send(p);
        co_await channel.flush();
        const std::string one = std::string("\x0d\0\0\0", 4) + R"({"x":1,"y":2})";
        CHECK(pair.read() == one + one);
        CHECK(channel.statistics().write_calls == 1);
        CHECK(channel.statistics().messages_sent == 2);
        CHECK(channel.statistics().bytes_sent == 2 * one.size());
    });
}

TEST_CASE("messages arrive from a peer that writes one byte at a time, and at every split") {
    run([]() -> co::task<> {
        const std::string stream = frame(R"({"x":1,"y":2})") + frame(R"( { "y" : 4 , "x" : 3 } )") + frame(R"({"x":5,"y":6})");
        for (std::size_t split = 1; split < stream.size(); ++split) {
            raw_pair pair;
            co::channel_to<point, point> channel(std::move(pair.near()));
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn([&]() -> co::task<> {
                    pair.write(std::string_view(stream).substr(0, split));
                    co_await co::sleep(0ms);
                    pair.write(std::string_view(stream).substr(split));
                    pair.close_raw();
                });
                int next = 1;
                while (auto p = co_await channel.receive()) {
                    CHECK(p->x == next);
                    CHECK(p->y == next + 1);
                    next += 2;
                }
                CHECK(next == 7);
            });
        }
        raw_pair pair;
        co::channel_to<point, point> channel(std::move(pair.near()));
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                for (const char c : stream) {
                    pair.write(std::string_view(&c, 1));
                    co_await co::sleep(0ms);
                }
            });
            for (int i = 1; i < 7; i += 2) {
                auto p = co_await channel.receive();
                REQUIRE(p);
                CHECK(p->x == i);
            }
        });
        CHECK(channel.statistics().read_calls >= stream.size());
    });
}

TEST_CASE("a peer that closes in the middle of a frame is an error with the place, that is repeated") {
    run([]() -> co::task<> {
        const std::string whole = frame(R"({"x":1,"y":2})");
        for (const std::size_t cut : {std::size_t(1), std::size_t(3), std::size_t(4), whole.size() - 1}) {
            raw_pair pair;
            co::channel_to<point, point> channel(std::move(pair.near()), co::channel_options().name("tester"));
            pair.write(whole + whole.substr(0, cut));
            pair.close_raw();
            auto p = co_await channel.receive();
            REQUIRE(p);
            for (int i = 0; i < 2; ++i) {
                auto error = co_await catching(channel.receive());
                CHECK(error.is_message_error);
                CHECK(error.fault == co::message_fault::cut_off);
                CHECK(error.offset == whole.size() + cut);
                CHECK(error.what == "receive \"tester\", byte " + std::to_string(whole.size() + cut) +
                                        ": closed in the middle of a frame");
            }
        }
    });
}

TEST_CASE("garbage is an error of its channel with the byte offset") {
    run([]() -> co::task<> {
        raw_pair pair;
        co::channel_to<point, point> channel(std::move(pair.near()));
        const std::string good = frame(R"({"x":1,"y":2})");
        pair.write(good + frame(R"({"x":1,"y":oops})") + good);
        auto p = co_await channel.receive();
        REQUIRE(p);
        auto error = co_await catching(channel.receive());
        CHECK(error.is_message_error);
        CHECK(error.fault == co::message_fault::malformed);
        CHECK(error.offset == good.size() + 4 + 11);
        CHECK_THAT(error.what, Catch::Matchers::ContainsSubstring("receive \"pid " + std::to_string(getpid()) + "\""));
        CHECK_THAT(error.what, Catch::Matchers::ContainsSubstring("json: line 1, column 12"));
        auto again = co_await catching(channel.receive());
        CHECK(again.what == error.what);
        // The other direction works on.
        point q{3, 4};
        co_await channel.send(q);
        co_await channel.flush();
        CHECK(pair.read().size() == good.size());
    });
}

TEST_CASE("frames above the limit are refused on both sides") {
    run([]() -> co::task<> {
        raw_pair pair;
        text_channel channel(std::move(pair.near()), co::channel_options().frame_limit(100).name("p"));
        pair.write(frame(std::string(100, 'a')) + std::string("\x65\0\0\0", 4));
        auto whole = co_await channel.receive();
        CHECK(whole->size() == 100);
        auto error = co_await catching(channel.receive());
        CHECK(error.fault == co::message_fault::too_large);
        CHECK(error.offset == 104);
        CHECK(error.what ==
              "receive \"p\", byte 104: message too large: a frame longer than the limit: 101 bytes, and the limit is 100");
        auto refused = co_await catching(channel.send(std::string_view("", 0)));
        CHECK(!refused.is_message_error);
        const std::string long_text(101, 'b');
        auto too_long = co_await catching(channel.send(long_text));
        CHECK(too_long.fault == co::message_fault::too_large);
        co_await channel.send("after");
        co_await channel.flush();
        CHECK(pair.read() == frame("") + frame("after"));

        raw_pair other;
        co::channel<co::stream, co::framing::length_prefix<1>, co::codec::bytes> narrow(std::move(other.near()));
        const std::string too_wide(256, 'x');
        auto unframed = co_await catching(narrow.send(too_wide));
        CHECK(unframed.fault == co::message_fault::too_large);
        co_await narrow.send("ok");
        co_await narrow.flush();
        CHECK(other.read() == std::string("\x02ok"));
    });
}

TEST_CASE("a large payload that the length prefix cannot tell is refused") {
    run([]() -> co::task<> {
        raw_pair pair;
        co::channel<co::stream, co::framing::length_prefix<2>, co::codec::bytes> narrow(std::move(pair.near()));
        const std::string too_wide(70'000, 'x');
        auto refused = co_await catching(narrow.send(too_wide));
        CHECK(refused.fault == co::message_fault::too_large);
        co_await narrow.send("ok");
        co_await narrow.flush();
        CHECK(pair.read() == std::string("\x02\0ok", 4));
    });
}

namespace {

/// Lines: a framing that cannot tell how much of a frame is missing.
struct line_framing {
    static constexpr bool counts_handles = false;
    static void begin(std::string&, bool) {}
    static const char* finish(std::string& out, std::size_t, bool, std::size_t) {
        out += '\n';
        return nullptr;
    }
    class decoder {
    public:
        explicit decoder(bool) {}
        co::frame_scan decode(std::span<const std::byte> bytes, std::size_t) noexcept {
            for (; seen_ < bytes.size(); ++seen_)
                if (bytes[seen_] == std::byte('\n')) return co::frame_scan::frame(0, seen_, 1);
            return co::frame_scan::need_more();
        }
        void reset() noexcept { seen_ = 0; }

    private:
        std::size_t seen_ = 0;
    };
};

}  // namespace

TEST_CASE("frames whose length nobody knows before their end are read at any length") {
    run([]() -> co::task<> {
        linked<co::channel<co::stream, line_framing, co::codec::bytes>> l;
        for (const std::size_t size : {0, 100, 16'383, 16'384, 16'385, 100'000, 1'000'000, 5}) {
            const std::string line(size, 'x');
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn([&]() -> co::task<> {
                    co_await l.a.send(line);
                    co_await l.a.flush();
                });
                auto m = co_await l.b.template receive<std::string>();
                REQUIRE(m);
                CHECK(*m == line);
            });
        }
    });
}

namespace {

/// The same for frames of 48 KiB at least: a framing that knows a part of a frame's length and never more.
struct long_line_framing : line_framing {
    static constexpr std::size_t least = 48 << 10;
    class decoder {
    public:
        explicit decoder(bool) {}
        co::frame_scan decode(std::span<const std::byte> bytes, std::size_t) noexcept {
            for (std::size_t i = least; i < bytes.size(); ++i)
                if (bytes[i] == std::byte('\n')) return co::frame_scan::frame(0, i, 1);
            return co::frame_scan::need_more(least);
        }
        void reset() noexcept {}
    };
};

}  // namespace

TEST_CASE("a frame that is longer than its framing knew is read whole") {
    run([]() -> co::task<> {
        for (const std::size_t more : {0, 1, 15, 16, 17, 100, 20'000, 300'000}) {
            linked<co::channel<co::stream, long_line_framing, co::codec::bytes>> l;
            const std::string line(long_line_framing::least + more, 'x');
            for (int i = 0; i < 3; ++i) {
                l.a.post(line);
                auto m = co_await l.b.template receive<std::string>();
                REQUIRE(m);
                CHECK(*m == line);
            }
        }
    });
}

TEST_CASE("a message that cannot be encoded leaves no trace") {
    run([]() -> co::task<> {
        linked<json_channel> l;
        co_await l.a.send(1);
        bool refused = false;
        try {
            co_await l.a.send(std::numeric_limits<double>::quiet_NaN());
        } catch (const co::json::error&) {
            refused = true;
        }
        CHECK(refused);
        co_await l.a.send(2);
        auto first = co_await l.b.receive<int>();
        auto second = co_await l.b.receive<int>();
        CHECK(*first == 1);
        CHECK(*second == 2);
        CHECK(l.a.statistics().messages_sent == 2);
    });
}

TEST_CASE("half-close: the peer sees the end and can still answer") {
    run([]() -> co::task<> {
        // With handles, for the one reason that pipes of Windows have two ends then, each of which can be closed alone.
        linked<json_channel> l(co::channel_options().handles(1));
        co_await l.a.send(1);
        co_await l.a.shutdown_write();
        auto late = co_await catching(l.a.send(2));
        CHECK(late.fault == co::message_fault::closed);
        auto first = co_await l.b.receive<int>();
        CHECK(*first == 1);
        auto end = co_await l.b.receive<int>();
        CHECK(!end);
        co_await l.b.send(3);
        auto answer = co_await l.a.receive<int>();
        CHECK(*answer == 3);
    });
}

TEST_CASE("close lets a receive that waits go with nothing, and later calls say that it is closed") {
    run([]() -> co::task<> {
        linked<json_channel> l;
        bool ended = false;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                auto got = co_await l.a.receive<int>();
                ended = !got;
            });
            co_await co::yield();
            co_await l.a.close();
        });
        CHECK(ended);
        CHECK(l.a.native() == -1);
        auto late = co_await catching(l.a.send(2));
        CHECK(late.fault == co::message_fault::closed);
        auto none = co_await l.a.receive<int>();
        CHECK(!none);
        auto end = co_await l.b.receive<int>();
        CHECK(!end);
    });
}

TEST_CASE("a send to a peer that is gone is an error that names it") {
    run([]() -> co::task<> {
        raw_pair pair;
        json_channel channel(std::move(pair.near()), co::channel_options().name("worker"));
        pair.close_raw();
        co_await channel.send(1);  // collected
        auto flushed = co_await catching(channel.flush());
        CHECK(flushed.code == std::errc::broken_pipe);
        CHECK(flushed.what == "send \"worker\": Broken pipe");
        auto next = co_await catching(channel.send(2));
        CHECK(next.code == std::errc::broken_pipe);
        auto closed = co_await catching(channel.close());
        CHECK(closed.code == std::errc::broken_pipe);
        CHECK(channel.native() == -1);
    });
}

TEST_CASE("a sender against a reader that does not read waits at the mark, and memory stays bounded") {
    run([]() -> co::task<> {
        raw_pair pair;
        text_channel channel(std::move(pair.near()), co::channel_options().high_water(32 << 10).low_water(8 << 10));
        const std::string message(1000, 'm');
        int sent = 0;
        constexpr int total = 2000;
        std::string received;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (int k = 0; k < 4; ++k) {
                s.spawn([&]() -> co::task<> {
                    for (int i = 0; i < total / 4; ++i) {
                        co_await channel.send(message);
                        ++sent;
                    }
                });
            }
            // Nobody reads: after a while nothing moves any more.
            int before = -1;
            while (before != sent) {
                before = sent;
                for (int i = 0; i < 20; ++i) co_await co::yield();
                co_await co::sleep(1ms);
            }
            CHECK(sent < total);
            CHECK(!channel.has_room());
            CHECK(channel.queued() >= 32u << 10);
            CHECK(channel.queued() < (32u << 10) + 5 * 1004);
            CHECK(!channel.post(message));  // queued all the same
            const std::size_t queued = channel.queued();
            // A little room is not enough below the low mark.
            received += pair.read(1000);
            co_await co::sleep(1ms);
            CHECK(channel.queued() <= queued);
            while (sent < total || channel.queued() > 0) {
                received += pair.read();
                co_await co::sleep(0ms);
            }
        });
        co_await channel.flush();
        received += pair.read();
        std::string expected;
        for (int i = 0; i < total + 1; ++i) expected += frame(message);
        CHECK(received == expected);
        CHECK(channel.post("one more"));
    });
}

TEST_CASE("senders that wait at the high mark go on at the low one, not before") {
    constexpr std::size_t high = 4 << 20, low = 1 << 20;
    support::loop_driver<> d;
    raw_pair pair;
    text_channel channel(std::move(pair.near()), co::channel_options().high_water(high).low_water(low));
    d.run([](text_channel& to) -> co::task<> {
        co_await to.flush();
        const std::string message(100'000, 'm');
        while (to.post(message)) {}
    }(channel));
    support::root<> sends(d.exec(), [](text_channel& to) -> co::task<> { co_await to.send("last"); }(channel));
    d.settle();
    REQUIRE(!sends.done());
    bool between = false;
    while (!sends.done()) {
        REQUIRE(!pair.read(64 << 10).empty());
        d.settle();
        if (!sends.done()) between |= channel.has_room();
    }
    CHECK(between);  // there was room, and it went on waiting
    CHECK(channel.queued() <= low + frame("last").size());
    CHECK(channel.queued() > low / 2);  // the rest was still to be written
    while (channel.queued() > 0) {
        REQUIRE(!pair.read(64 << 10).empty());
        d.settle();
    }
}

TEST_CASE("waiting senders go on in the order in which they came") {
    run([]() -> co::task<> {
        raw_pair pair;
        json_channel channel(std::move(pair.near()), co::channel_options().high_water(1));
        std::vector<int> order;
        std::string received;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (int k = 0; k < 20; ++k) {
                s.spawn([&, k]() -> co::task<> {
                    co_await channel.send(k);
                    order.push_back(k);
                });
            }
            while (order.size() < 20) {
                received += pair.read();
                co_await co::sleep(0ms);
            }
        });
        co_await channel.flush();
        received += pair.read();
        std::string expected;
        for (int k = 0; k < 20; ++k) {
            CHECK(order[static_cast<std::size_t>(k)] == k);
            expected += frame(std::to_string(k));
        }
        CHECK(received == expected);
    });
}

TEST_CASE("a flush ends when what it waits for is out, although what came later is held up") {
    run([]() -> co::task<> {
        raw_pair pair;
        text_channel channel(std::move(pair.near()));
        const std::string message(1 << 20, 'm');
        CHECK(!channel.post(message));
        bool flushed = false;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                co_await channel.flush();
                flushed = true;
            });
            co_await co::sleep(1ms);
            CHECK(!flushed);
            CHECK(!channel.post(message));
            std::size_t received = 0;
            while (received < 4 + message.size()) {
                received += pair.read(4 + message.size() - received).size();
                co_await co::sleep(0ms);
            }
            co_await co::sleep(5ms);
            CHECK(flushed);
            CHECK(channel.queued() > 0);
            while (channel.queued() > 0) {
                pair.read();
                co_await co::sleep(0ms);
            }
        });
    });
}

TEST_CASE("post has a limit of its own") {
    run([]() -> co::task<> {
        raw_pair pair;
        text_channel channel(std::move(pair.near()), co::channel_options().high_water(1000).queue_limit(5000));
        const std::string message(996, 'm');
        bool full = false;
        int posted = 0;
        try {
            for (; posted < 1000; ++posted) channel.post(message);
        } catch (const co::message_error& e) {
            full = e.fault() == co::message_fault::queue_full;
        }
        CHECK(full);
        CHECK(posted == 5);
        co_return;
    });
}

TEST_CASE("several receivers get the messages in the order of their calls, each one once") {
    run([]() -> co::task<> {
        linked<json_channel> l;
        std::vector<int> got(50, -1);
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (std::size_t k = 0; k < got.size(); ++k) {
                s.spawn([&, k]() -> co::task<> {
                    auto m = co_await l.b.receive<int>();
                    REQUIRE(m);
                    got[k] = *m;
                });
            }
            co_await co::yield();
            for (int k = 0; k < 50; ++k) co_await l.a.send(k);
        });
        for (std::size_t k = 0; k < got.size(); ++k) CHECK(got[k] == static_cast<int>(k));
    });
}

TEST_CASE("two channels of one process play ping-pong with three system calls a message and no allocation") {
    run([]() -> co::task<> {
        co::stream_pair both = co::unix_pair();
        co::channel_to<done, done> a(std::move(both.first())), b(std::move(both.second()));
        constexpr int rounds = 2000;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                done message{};
                while (co_await b.receive_into(message)) co_await b.send(message);
            });
            done question{1, 0.25}, answer{};
            for (int i = 0; i < 200; ++i) {
                co_await a.send(question);
                co_await a.receive_into(answer);
            }
            const std::size_t allocations = support::allocation_count();
            const auto before = a.statistics();
            for (int i = 0; i < rounds; ++i) {
                question.id = i;
                co_await a.send(question);
                const bool there = co_await a.receive_into(answer);
                if (!there || answer.id != i) FAIL("a wrong answer");
            }
            CHECK(support::allocation_count() == allocations);
            const auto after = a.statistics();
            CHECK(after.write_calls - before.write_calls == rounds);
            CHECK(after.read_calls - before.read_calls == rounds);
            CHECK(after.messages_received - before.messages_received == rounds);
            co_await a.close();
        });
    });
}

TEST_CASE("many messages one way: large writes, large reads, no allocation in the steady state") {
    run([]() -> co::task<> {
        linked<text_channel> l;
        constexpr int total = 200000;
        const std::string message(100, 'm');
        std::size_t allocations = 0;
        int received = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                std::string_view got;
                while (co_await l.b.receive_into(got)) {
                    if (got != message) FAIL("a wrong message");
                    if (++received == total / 2) allocations = support::allocation_count();
                }
                CHECK(support::allocation_count() - allocations <= 4);
            });
            for (int i = 0; i < total; ++i) co_await l.a.send(message);
            co_await l.a.close();
        });
        CHECK(received == total);
        CHECK(l.b.statistics().bytes_received == total * 104u);
        CHECK(l.a.statistics().write_calls < total / 200);
        CHECK(l.b.statistics().read_calls < total / 200);
    });
}

TEST_CASE("a message of 100 MB, and the memory that it needed is given back") {
    run([]() -> co::task<> {
        linked<text_channel> l(co::channel_options().frame_limit(200'000'000));
        std::string big(100'000'000, '\0');
        for (std::size_t i = 0; i < big.size(); i += 4093) big[i] = static_cast<char>(i);
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                co_await l.a.send("before");
                co_await l.a.send(big);
                co_await l.a.send("after");
                co_await l.a.flush();
            });
            auto before = co_await l.b.receive<std::string_view>();
            CHECK(*before == "before");
            auto whole = co_await l.b.receive<std::string_view>();
            REQUIRE(whole);
            CHECK(whole->size() == big.size());
            CHECK(std::memcmp(whole->data(), big.data(), big.size()) == 0);
            auto after = co_await l.b.receive();
            CHECK(*after == "after");
        });
        co_await l.b.send("small");
        auto small = co_await l.a.receive();
        CHECK(*small == "small");

        linked<json_channel> j(co::channel_options().frame_limit(200'000'000));
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                std::string text(100'000'000, 'j');
                co_await j.a.send(text);
                co_await j.a.flush();
            });
            auto text = co_await j.b.receive<std::string>();
            REQUIRE(text);
            CHECK(text->size() == 100'000'000);
        });
    });
}

TEST_CASE("large payloads mixed with small ones keep their order") {
    run([]() -> co::task<> {
        linked<text_channel> l;
        std::vector<std::string> sent;
        for (std::size_t i = 0; i < 400; ++i) {
            const std::size_t size = i % 7 == 0 ? 200'000 + i : i % 5 == 0 ? 20'000 + i : i % 100;
            sent.push_back(std::string(size, static_cast<char>('a' + i % 26)));
        }
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                for (const std::string& each : sent) co_await l.a.send(each);
                co_await l.a.close();
            });
            std::size_t i = 0;
            while (auto got = co_await l.b.receive()) {
                REQUIRE(i < sent.size());
                if (*got != sent[i]) FAIL("message " << i << " is wrong");
                ++i;
            }
            CHECK(i == sent.size());
        });
    });
}

TEST_CASE("a channel can be moved while operations are in flight") {
    run([]() -> co::task<> {
        linked<json_channel> l;
        int got = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                auto m = co_await l.b.receive<int>();
                got = *m;
            });
            co_await co::yield();
            json_channel moved(std::move(l.b));
            co_await l.a.send(5);
            while (got == 0) co_await co::sleep(0ms);
            l.b = std::move(moved);
        });
        CHECK(got == 5);
        co_await l.a.send(6);
        auto m = co_await l.b.receive<int>();
        CHECK(*m == 6);
    });
}

TEST_CASE("operations in flight keep their channel's codec when it is moved") {
    struct counting {  // tells each use
        using dynamic = std::string;
        int* uses = nullptr;
        void encode(std::string& out, const std::string& value, co::detail::handle_table&) const {
            ++*uses;
            out += value;
        }
        void decode(std::string_view payload, std::string& target, co::detail::handle_table&) const {
            ++*uses;
            target = payload;
        }
    };
    using counted_channel = co::channel<co::stream, co::framing::length_prefix<>, counting>;
    run([]() -> co::task<> {
        co::stream_pair both = co::unix_pair();
        int own = 0;
        int foreign = 0;
        counting codec;
        codec.uses = &own;
        counted_channel first(std::move(both.first()), co::channel_options().high_water(1), codec);
        counted_channel second(std::move(both.second()), co::channel_options(), codec);
        counted_channel first_now;
        counted_channel second_now;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                const std::string one = "one";
                const std::string two = "two";
                co_await first.send(one);
                co_await first.send(two);  // has to wait
            });
            s.spawn([&]() -> co::task<> {
                auto got = co_await second.receive();
                CHECK(*got == "one");
            });
            co_await co::yield();
            first_now = std::move(first);
            second_now = std::move(second);
            // What stands in the places of the old ones is another channel's.
            codec.uses = &foreign;
            co::stream_pair others = co::unix_pair();
            first = counted_channel(std::move(others.first()), co::channel_options(), codec);
            second = counted_channel(std::move(others.second()), co::channel_options(), codec);
        });
        auto rest = co_await second_now.receive();
        CHECK(*rest == "two");
        CHECK(own == 4);
        CHECK(foreign == 0);
    });
}

TEST_CASE("the peer's credentials") {
    run([]() -> co::task<> {
        linked<json_channel> l;
        CHECK(l.a.peer().pid == co::sys::getpid());
        co_return;
    });
}

TEST_CASE("nothing is read ahead of an undelivered message") {
    run([]() -> co::task<> {
        raw_pair pair;
        text_channel channel(std::move(pair.near()));
        pair.write(frame("one") + frame("two"));
        auto one = co_await channel.receive();
        CHECK(*one == "one");
        const auto reads = channel.statistics().read_calls;
        pair.write(frame("three"));
        co_await co::sleep(1ms);
        auto two = co_await channel.receive();
        CHECK(*two == "two");
        CHECK(channel.statistics().read_calls == reads);
        auto three = co_await channel.receive();
        CHECK(*three == "three");
    });
}

TEST_CASE("a message over a pipe, and a channel that only receives") {
    run([]() -> co::task<> {
        const auto ends = co::sys::pipe(true, true);
        REQUIRE(ends);
        text_channel out(co::stream(co::handle(ends->write), co::stream::type::pipe));
        text_channel in(co::stream(co::handle(ends->read), co::stream::type::pipe));
        const std::string large(300'000, 'p');
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                co_await out.send("small");
                co_await out.send(large);
                co_await out.shutdown_write();
            });
            auto small = co_await in.receive();
            CHECK(*small == "small");
            auto big = co_await in.receive();
            CHECK(*big == large);
            auto end = co_await in.receive();
            CHECK(!end);
        });
    });
}

TEST_CASE("the error of a channel is a new object for each who is told of it") {
    run([]() -> co::task<> {
        raw_pair pair;
        json_channel channel(std::move(pair.near()), co::channel_options().name("peer"));
        pair.write(frame("{"));
        std::exception_ptr told[2];
        for (std::exception_ptr& each : told) {
            try {
                co_await channel.receive();
            } catch (...) {
                each = std::current_exception();
            }
        }
        REQUIRE(told[0]);
        REQUIRE(told[1]);
        CHECK(told[0] != told[1]);
        // Both in one scope: the second is attached to the first, and nothing refers to itself.
        std::size_t others = 0;
        std::string what;
        try {
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn([&]() -> co::task<> { co_await channel.receive(); });
                s.spawn([&]() -> co::task<> { co_await channel.receive(); });
                co_return;
            });
        } catch (const co::message_error& e) {
            others = e.others().size();
            what = e.what();
        }
        CHECK(others <= 1);
        CHECK_THAT(what, Catch::Matchers::ContainsSubstring("malformed message"));
        auto after = co_await catching(channel.receive());
        CHECK(after.what == what);
    });
}
