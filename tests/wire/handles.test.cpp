#include "support/resources.hpp"
#include "wire/handle_messages.hpp"
#include "wire/peer.hpp"

#include <stdexcept>
#include <tuple>
#include <variant>

using namespace wire;
using namespace std::chrono_literals;

namespace {

static_assert(co::detail::carries_handles<render>);
static_assert(co::detail::carries_handles<nested>);
static_assert(co::detail::carries_handles<std::variant<int, render>>);
static_assert(co::detail::carries_handles<std::tuple<int, co::stream>>);
static_assert(co::detail::carries_handles<tree_with_handle>);
static_assert(!co::detail::carries_handles<done>);
static_assert(!co::detail::carries_handles<tree>);
static_assert(!co::detail::carries_handles<co::json::value>);
static_assert(!co::detail::carries_handles<void>);

/// Takes the message's handle and then fails for a reason of its own, as a codec without memory does.
class failing_codec {
public:
    using dynamic = std::string;
    failing_codec() noexcept {}
    static void encode(std::string& out, const std::string& value, co::detail::handle_table&) { out += value; }
    static void decode(std::string_view payload, std::string& target, co::detail::handle_table& table) {
        const co::handle taken = table.take(0);
        if (payload == "fail") throw std::length_error("no room for it");
        target = payload;
    }
};

}  // namespace

TEST_CASE("a handle given after the value arrives with the message") {
    run([]() -> co::task<> {
        linked<json_channel> l(open());
        co::handle one = numbered(1), two = numbered(2);
        co_await l.a.send("with two", std::move(one), std::move(two));
        CHECK(!one);
        CHECK(!two);
        co_await l.a.send("with none");
        auto first = co_await l.b.receive<std::string>();
        CHECK(*first == "with two");
        auto handles = l.b.take_handles();
        REQUIRE(handles.size() == 2);
        CHECK(number_in(handles[0]) == 1);
        CHECK(number_in(handles[1]) == 2);
        CHECK(co::sys::is_close_on_exec(handles[0].native()).value_or(false));
        CHECK(l.b.take_handles().empty());
        auto second = co_await l.b.receive<std::string>();
        CHECK(*second == "with none");
        CHECK(l.b.take_handles().empty());

        co::handle three = numbered(3);
        co_await l.a.send(7, std::move(three));
        auto m = co_await l.b.receive_message<int>();
        REQUIRE(m);
        CHECK(m->value() == 7);
        REQUIRE(m->handles().size() == 1);
        CHECK(number_in(m->handles()[0]) == 3);
        CHECK(l.a.statistics().handles_sent == 3);
        CHECK(l.b.statistics().handles_received == 3);
    });
}

TEST_CASE("handles as members: given, duplicated, empty, nested") {
    run([]() -> co::task<> {
        linked<co::channel_to<render, nested>, co::channel_to<nested, render>> l;
        CHECK(l.a.carries_handles());
        render job{1, "a", numbered(10)};
        co_await l.a.send(job);  // duplicated
        CHECK(number_in(job.target) == 10);
        co_await l.a.send(co::give(job));
        CHECK(!job.target);
        co_await l.a.send(co::give(job));  // empty by now
        for (int i = 0; i < 2; ++i) {
            auto got = co_await l.b.receive();
            REQUIRE(got);
            CHECK(number_in(got->target) == 10);
        }
        auto empty = co_await l.b.receive();
        REQUIRE(empty);
        CHECK(!empty->target);

        nested n;
        for (int i = 0; i < 5; ++i) n.many.push_back(numbered(i));
        n.maybe = numbered(5);
        n.by_name.emplace("x", render{1, "y", numbered(6)});
        co::handle extra = numbered(7);
        co_await l.b.send(co::give(n), std::move(extra));
        auto got = co_await l.a.receive();
        REQUIRE(got);
        for (int i = 0; i < 5; ++i) CHECK(number_in(got->many[static_cast<std::size_t>(i)]) == i);
        CHECK(number_in(*got->maybe) == 5);
        CHECK(number_in(got->by_name.at("x").target) == 6);
        auto rest = l.a.take_handles();
        REQUIRE(rest.size() == 1);
        CHECK(number_in(rest[0]) == 7);
    });
}

TEST_CASE("a stream and a file as members work on at the other side") {
    struct both {
        co::stream connection;
        co::file notes;
    };
    run([]() -> co::task<> {
        linked<co::channel_to<both, done>, co::channel_to<done, both>> l;
        co::stream_pair talk = co::unix_pair();
        co::handle memory = numbered(77);
        both message;
        message.connection = std::move(talk.first());
        message.notes = co::file(std::move(memory));
        co_await l.a.send(co::give(message));
        CHECK(message.connection.native() == -1);
        auto got = co_await l.b.receive();
        REQUIRE(got);
        const std::string hello = "hello";
        co_await got->connection.write_some(std::as_bytes(std::span(hello)));
        char text[16];
        const std::size_t n = co_await talk.second().read_some(std::as_writable_bytes(std::span(text)));
        CHECK(std::string(text, n) == "hello");
        int number = 0;
        CHECK(got->notes.read_at(std::as_writable_bytes(std::span(&number, 1)), 0) == sizeof number);
        CHECK(number == 77);
    });
}

TEST_CASE("ten thousand messages with handles both ways at once, each with its own") {
    run([]() -> co::task<> {
        using both_ways = co::channel_to<render, render>;
        linked<both_ways> l(co::channel_options().high_water(24 << 10).low_water(8 << 10));
        constexpr int total = 10000;
        const auto sender = [](both_ways& channel, int base) -> co::task<> {
            for (int i = 0; i < total; ++i) {
                render job{base + i, i % 3 == 0 ? std::string(static_cast<std::size_t>(i % 1000), 'x') : std::string(), co::handle()};
                if (i % 2 == 0) job.target = numbered(base + i);
                if (i % 5 == 0) {
                    co::handle more = numbered(-(base + i)), yet = numbered(base + i + 1);
                    co_await channel.send(co::give(job), std::move(more), std::move(yet));
                } else {
                    co_await channel.send(co::give(job));
                }
            }
            co_await channel.flush();
        };
        const auto receiver = [](both_ways& channel, int base) -> co::task<> {
            for (int i = 0; i < total; ++i) {
                auto job = co_await channel.receive();
                REQUIRE(job);
                const auto more = channel.take_handles();
                const bool member = (i % 2 == 0) == (number_in(job->target) == base + i);
                const bool extra = i % 5 == 0 ? more.size() == 2 && number_in(more[0]) == -(base + i) &&
                                                    number_in(more[1]) == base + i + 1
                                              : more.empty();
                if (job->id != base + i || !member || !extra) FAIL("message " << i << " has the wrong handles");
            }
        };
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn(sender, std::ref(l.a), 1'000'000);
            s.spawn(sender, std::ref(l.b), 2'000'000);
            s.spawn(receiver, std::ref(l.b), 1'000'000);
            s.spawn(receiver, std::ref(l.a), 2'000'000);
            co_return;
        });
    });
}

TEST_CASE("more handles than the limit are refused at the send, and the caller keeps them") {
    run([]() -> co::task<> {
        linked<json_channel> l(co::channel_options().handles(2).name("peer"));
        co::handle h[3] = {numbered(1), numbered(2), numbered(3)};
        auto refused = co_await catching(l.a.send(1, std::move(h[0]), std::move(h[1]), std::move(h[2])));
        CHECK(refused.fault == co::message_fault::too_many_handles);
        CHECK(refused.what == "send \"peer\", byte 0: too many handles: 3, and the channel allows 2");
        for (int i = 0; i < 3; ++i) CHECK(number_in(h[i]) == i + 1);

        nested n;
        for (int i = 0; i < 3; ++i) n.many.push_back(numbered(i));
        std::string what;
        try {
            co_await l.a.send(co::give(n));
        } catch (const co::json::error& e) {
            what = e.what();
        }
        CHECK_THAT(what, Catch::Matchers::ContainsSubstring("more handles than the channel allows"));
        for (int i = 0; i < 3; ++i) CHECK(number_in(n.many[static_cast<std::size_t>(i)]) == i);

        linked<json_channel> plain;
        auto closed_to_handles = co_await catching(plain.a.send(1, std::move(h[0])));
        CHECK(closed_to_handles.fault == co::message_fault::too_many_handles);
        CHECK(number_in(h[0]) == 1);
        // Nothing of it reached the wire.
        co_await l.a.send(5, std::move(h[1]), std::move(h[2]));
        auto m = co_await l.b.receive_message<int>();
        CHECK(m->value() == 5);
        CHECK(m->handles().size() == 2);
    });
}

TEST_CASE("253 handles in one message, and several such messages in a row") {
    run([]() -> co::task<> {
        linked<co::channel_to<nested, done>, co::channel_to<done, nested>> l;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                for (int k = 0; k < 3; ++k) {
                    nested n;
                    for (int i = 0; i < 253; ++i) n.many.push_back(numbered(1000 * k + i));
                    co_await l.a.send(co::give(n));
                }
            });
            for (int k = 0; k < 3; ++k) {
                auto n = co_await l.b.receive();
                REQUIRE(n);
                REQUIRE(n->many.size() == 253);
                bool right = true;
                for (int i = 0; i < 253; ++i) right = right && number_in(n->many[static_cast<std::size_t>(i)]) == 1000 * k + i;
                CHECK(right);
            }
        });
    });
}

TEST_CASE("what is undelivered when a channel is destroyed is closed") {
    const std::size_t before = open_count();
    run([]() -> co::task<> {
        linked<json_channel> l(open());
        co::handle h = numbered(1);
        co_await l.a.send(1, std::move(h));
        co_await l.a.flush();
        co::handle queued = numbered(2);
        l.a.post(2, std::move(queued));  // never flushed
        co::handle untaken = numbered(3);
        co_await l.b.send(3, std::move(untaken));
        auto m = co_await l.a.receive<int>();
        CHECK(*m == 3);
    });
    CHECK(open_count() == before);
}

TEST_CASE("peers that lie about counts break their channel only, and every descriptor is closed") {
    struct lie {
        const char* name;
        std::size_t claimed;
        std::size_t sent;
        co::message_fault fault;
    };
    const lie lies[] = {
        {"fewer than told", 2, 1, co::message_fault::wrong_handle_count},
        {"none though told", 1, 0, co::message_fault::wrong_handle_count},
        {"more than told", 1, 3, co::message_fault::wrong_handle_count},
        {"some though none told", 0, 2, co::message_fault::wrong_handle_count},
        {"more than allowed", 9, 9, co::message_fault::too_many_handles},
    };
    for (const lie& each : lies) {
        INFO(each.name);
        const std::size_t before = open_count();
        run([&]() -> co::task<> {
            raw_pair pair(carrying::handles);
            json_channel channel(std::move(pair.near()), co::channel_options().handles(8).name("liar"));
            const std::string good = frame_with("1", 1);
            const std::string bad = frame_with("2", each.claimed);
            co::handle h = numbered(1);
            pair.write(good, {fd_of(h)});
            pair.write(bad, std::vector<int>(each.sent, fd_of(h)));
            auto first = co_await channel.receive_message<int>();
            CHECK(first->handles().size() == 1);
            caught error = co_await catching(channel.receive<int>());
            // Surplus shows when all frames that could have claimed it are through.
            if (!error.is_message_error) error = co_await catching(channel.receive<int>());
            CHECK(error.is_message_error);
            CHECK(error.fault == each.fault);
            auto again = co_await catching(channel.receive<int>());
            CHECK(again.what == error.what);
            // This side can still send.
            co_await channel.send(1);
            co_await channel.flush();
            CHECK(!pair.read().empty());
        });
        CHECK(open_count() == before);
    }
}

TEST_CASE("descriptors that come with another byte than the first of a frame are refused") {
    const std::size_t before = open_count();
    run([]() -> co::task<> {
        for (const bool with_last : {false, true}) {
            raw_pair pair(carrying::handles);
            json_channel channel(std::move(pair.near()), open());
            const std::string whole = frame_with("12345", 1);
            const std::size_t split = with_last ? whole.size() - 1 : 3;
            co::handle h = numbered(1);
            pair.write(whole.substr(0, split));
            caught error;
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn([&]() -> co::task<> { error = co_await catching(channel.receive<int>()); });
                co_await co::sleep(1ms);
                pair.write(whole.substr(split), {fd_of(h)});
            });
            CHECK(error.is_message_error);
            CHECK(error.fault == co::message_fault::wrong_handle_count);
        }
    });
    CHECK(open_count() == before);
}

TEST_CASE("the kernel's merging and splitting does not confuse the pairing") {
    // Frames with one, none, two handles: each with handles in a sendmsg of its own, as the rule is; bytes split and merged at will.
    for (int piece = 1; piece < 24; ++piece) {
        run([&]() -> co::task<> {
            raw_pair pair(carrying::handles);
            json_channel channel(std::move(pair.near()), open());
            co::handle h[3] = {numbered(0), numbered(1), numbered(2)};
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn([&]() -> co::task<> {
                    for (int round = 0; round < 4; ++round) {
                        const std::string with_one = frame_with("100", 1), none = frame_with("200", 0), two = frame_with("300", 2);
                        // The tail of one frame may ride with the head of plain ones, never with a head that has handles.
                        const std::string chunks[2] = {with_one + none + none, two + none};
                        for (int c = 0; c < 2; ++c) {
                            const std::vector<int> fds =
                                c == 0 ? std::vector<int>{fd_of(h[0])} : std::vector<int>{fd_of(h[1]), fd_of(h[2])};
                            const auto size = static_cast<std::size_t>(piece);
                            pair.write(chunks[c].substr(0, size), fds);
                            for (std::size_t at = size; at < chunks[c].size(); at += size) {
                                pair.write(chunks[c].substr(at, size));
                                if (round % 2 == 0) co_await co::sleep(0ms);
                            }
                        }
                    }
                });
                const int values[] = {100, 200, 200, 300, 200};
                for (int i = 0; i < 20; ++i) {
                    auto m = co_await channel.receive_message<int>();
                    REQUIRE(m);
                    CHECK(m->value() == values[i % 5]);
                    const std::size_t count = m->value() == 100 ? 1 : m->value() == 300 ? 2 : 0;
                    REQUIRE(m->handles().size() == count);
                    for (std::size_t k = 0; k < count; ++k)
                        CHECK(number_in(m->handles()[k]) == static_cast<int>(count == 1 ? 0 : k + 1));
                }
            });
        });
    }
}

TEST_CASE("descriptors are not collected for ever while a frame does not end") {
    const std::size_t before = open_count();
    run([]() -> co::task<> {
        raw_pair pair(carrying::handles);
        json_channel channel(std::move(pair.near()), open());
        co::handle h = numbered(1);
        pair.write(frame_with(std::string(1000, '1'), 0).substr(0, 10));
        for (int i = 0; i < 5; ++i) pair.write("1", std::vector<int>(253, fd_of(h)));
        const caught error = co_await catching(co::timeout(5s, channel.receive<int>()));
        CHECK(error.is_message_error);
        CHECK(error.fault == co::message_fault::wrong_handle_count);
    });
    CHECK(open_count() == before);
}

TEST_CASE("a peer whose writes all hold the end of one frame and the beginning of the next costs no memory") {
    run([&]() -> co::task<> {
        raw_pair pair(carrying::handles);
        json_channel channel(std::move(pair.near()), open());
        co::handle h = numbered(1);
        const std::string whole = frame_with("12345", 1);
        const std::string end = whole.substr(whole.size() - 2);
        const std::string begin = whole.substr(0, whole.size() - 2);
        // There is always a handle under way, that of the frame which has begun.
        pair.write(begin, {fd_of(h)});
        std::size_t before = 0;
        for (int i = 0; i < 20'000; ++i) {
            pair.write(end + begin, {fd_of(h)});
            const auto m = co_await channel.receive<int>();
            REQUIRE((m && *m == 12345));
            const auto handles = channel.take_handles();
            REQUIRE(handles.size() == 1);
            if (i == 2'000) before = support::heap_bytes();
        }
        CHECK(support::heap_bytes() < before + (64 << 10));
    });
}

TEST_CASE("a queue of handles that is never empty costs no memory") {
    const co::handle h = numbered(1);
    co::detail::outgoing_handles queue;
    std::size_t before = 0;
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        co::handle one(co::sys::dup(h.native()).value_or(-1));
        const co::detail::handle_table::entry more(
            one.native(), &one, [](void* object) noexcept { return static_cast<co::handle*>(object)->release(); });
        REQUIRE(queue.add(10 * i, {}, true, &more, 1) == 0);
        CHECK(one.native() == -1);
        if (i == 0) continue;
        std::size_t size = 20;
        REQUIRE(queue.share_of_write(10 * (i - 1), size) == 1);
        REQUIRE(size == 10);
        queue.went(1);
        REQUIRE(queue.size() == 1);
        if (i == 2'000) before = support::heap_bytes();
    }
    CHECK(support::heap_bytes() < before + (64 << 10));
}

TEST_CASE("two frames with handles in one sendmsg are told apart by their counts") {
    run([]() -> co::task<> {
        raw_pair pair(carrying::handles);
        json_channel channel(std::move(pair.near()), open());
        co::handle h[3] = {numbered(0), numbered(1), numbered(2)};
        pair.write(frame_with("1", 1) + frame_with("2", 2), {fd_of(h[0]), fd_of(h[1]), fd_of(h[2])});
        auto one = co_await channel.receive_message<int>();
        REQUIRE(one->handles().size() == 1);
        CHECK(number_in(one->handles()[0]) == 0);
        auto two = co_await channel.receive_message<int>();
        REQUIRE(two->handles().size() == 2);
        CHECK(number_in(two->handles()[1]) == 2);
    });
}

TEST_CASE("a refused message closes its handles") {
    const std::size_t before = open_count();
    run([]() -> co::task<> {
        raw_pair pair(carrying::handles);
        co::channel_to<done, render> channel(std::move(pair.near()));
        co::handle h = numbered(1);
        const std::size_t then = open_count();
        pair.write(frame_with(R"({"id":1,"path":"x","target":0,)", 1), {fd_of(h)});
        auto refused = co_await catching(channel.receive());
        CHECK(refused.fault == co::message_fault::malformed);
        CHECK(channel.statistics().handles_received == 1);
        CHECK(channel.take_handles().empty());
        CHECK(open_count() == then);
    });
    CHECK(open_count() == before);
}

TEST_CASE("a codec that fails with an error of its own breaks the channel with it, and the handles are closed") {
    const std::size_t before = open_count();
    run([]() -> co::task<> {
        raw_pair pair(carrying::handles);
        using failing = co::channel<co::stream, co::framing::length_prefix<>, failing_codec>;
        failing channel(std::move(pair.near()), open());
        co::handle h = numbered(1);
        const std::size_t then = open_count();
        pair.write(frame_with("good", 0));
        pair.write(frame_with("fail", 2), {fd_of(h), fd_of(h)});
        pair.write(frame_with("after", 0));
        auto good = co_await channel.receive();
        CHECK(*good == "good");
        for (int i = 0; i < 3; ++i) {  // the message is not given once more without its handle, nor what follows it
            CHECK_THROWS_AS(co_await channel.receive(), std::length_error);
            CHECK(channel.take_handles().empty());
        }
        CHECK(open_count() == then);
        CHECK(channel.statistics().messages_received == 1);
    });
    CHECK(open_count() == before);
}

TEST_CASE("an index that no handle has is a malformed message") {
    run([]() -> co::task<> {
        for (const char* payload : {R"({"id":1,"path":"x","target":1})", R"({"id":1,"path":"x","target":-1})",
                                    R"({"id":1,"path":"x","target":"0"})", R"({"id":1,"path":"x","target":4294967295})"}) {
            raw_pair pair(carrying::handles);
            co::channel_to<done, render> channel(std::move(pair.near()));
            co::handle h = numbered(1);
            pair.write(frame_with(payload, 1), {fd_of(h)});
            auto refused = co_await catching(channel.receive());
            CHECK(refused.fault == co::message_fault::malformed);
        }
        // The same handle twice.
        raw_pair pair(carrying::handles);
        co::channel_to<done, nested> channel(std::move(pair.near()));
        co::handle h = numbered(1);
        pair.write(frame_with(R"({"many":[0,0],"by_name":{}})", 1), {fd_of(h)});
        auto refused = co_await catching(channel.receive());
        CHECK(refused.fault == co::message_fault::malformed);
    });
}

TEST_CASE("a named value whose handle cannot be duplicated is refused whole") {
    run([]() -> co::task<> {
        linked<co::channel_to<nested, nested>> l;
        nested n;
        for (int i = 0; i < 3; ++i) n.many.push_back(numbered(i));
        {
            co::sys::fault::scope faults;
            co::sys::fault::fail(co::sys::call::dup, 3, EMFILE);
            auto refused = co_await catching(l.a.send(n));
            CHECK(refused.code == std::errc::too_many_files_open);
        }
        for (int i = 0; i < 3; ++i) CHECK(number_in(n.many[static_cast<std::size_t>(i)]) == i);
        co_await l.a.send(n);
        auto got = co_await l.b.receive();
        CHECK(number_in(got->many[2]) == 2);
    });
}

TEST_CASE("messages that are queued while a write with descriptors waits do not disturb it") {
    run([]() -> co::task<> {
        linked<json_channel> l(co::channel_options().handles(2).high_water(1 << 24));
        constexpr int total = 700;
        const auto text_of = [](int i) { return std::to_string(i) + std::string(500, ' '); };
        co_await l.a.flush();  // the channel knows its loop
        // Far more than the kernel's buffer holds, so that some write with descriptors has to wait while hundreds follow.
        for (int i = 0; i < total; ++i) {
            l.a.post(text_of(i), numbered(i));
            if (i == 350) {
                while (l.a.statistics().handles_sent == 0) co_await co::yield();
                CHECK(l.a.queued() > 0);
            }
        }
        for (int i = 0; i < total; ++i) {
            auto m = co_await l.b.receive_message<std::string>();
            REQUIRE(m);
            if (m->value() != text_of(i) || m->handles().size() != 1 || number_in(m->handles()[0]) != i)
                FAIL("message " << i << " has the wrong handle");
        }
    });
}

TEST_CASE("raw payloads with and without handles, sent and posted in turns, keep their bytes and their order") {
    using text_channel = co::channel<co::stream, co::framing::length_prefix<>, co::codec::bytes>;
    run([]() -> co::task<> {
        linked<text_channel> l(open());
        constexpr int total = 3000;
        const auto text_of = [](int i) {
            const int length = i % 500 == 5 || i % 500 == 8 ? 20000 : i * 7 % 300;  // two long ones, one of them with a handle
            return std::to_string(i) + std::string(static_cast<std::size_t>(length), 'x');
        };
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                for (int i = 0; i < total; ++i) {
                    const std::string text = text_of(i);
                    switch (i % 5) {
                    case 0: co_await l.a.send(text, numbered(i)); break;
                    case 1: l.a.post(text, numbered(i)); break;
                    case 2: l.a.post(text); break;
                    default: co_await l.a.send(text); break;
                    }
                    if (i % 97 == 0) co_await l.a.flush();
                    if (i % 41 == 0) co_await co::yield();
                }
                co_await l.a.close();
            });
            int i = 0;
            std::string_view got;
            while (co_await l.b.receive_into(got)) {
                if (got != text_of(i)) FAIL("message " << i << " is wrong");
                const co::handle h = l.b.take_handle();
                if (number_in(h) != (i % 5 < 2 ? i : -1)) FAIL("message " << i << " has the wrong handle");
                ++i;
            }
            CHECK(i == total);
        });
    });
}

TEST_CASE("an empty handle is refused at the send, and nothing else happens") {
    run([]() -> co::task<> {
        linked<json_channel> l(open());
        co::handle none;
        co::handle some = numbered(1);
        auto refused = co_await catching(l.a.send(1, std::move(some), std::move(none)));
        CHECK(refused.code == std::errc::bad_file_descriptor);
        CHECK(number_in(some) == 1);
        co_await l.a.send(2);
        auto m = co_await l.b.receive_message<int>();
        CHECK(m->value() == 2);
        CHECK(m->handles().empty());
    });
}

TEST_CASE("a raw payload with handles that cannot go is refused whole, and the caller keeps them") {
    using text_channel = co::channel<co::stream, co::framing::length_prefix<>, co::codec::bytes>;
    run([]() -> co::task<> {
        linked<text_channel> l(co::channel_options().handles(2).name("peer"));
        co::handle h[3] = {numbered(1), numbered(2), numbered(3)};
        co::handle none;
        for (std::size_t size = 4; size < 40000; size += 19996) {
            const std::string text(size, 't');
            auto empty = co_await catching(l.a.send(text, std::move(h[0]), std::move(none)));
            CHECK(empty.code == std::errc::bad_file_descriptor);
            auto many = co_await catching(l.a.send(text, std::move(h[0]), std::move(h[1]), std::move(h[2])));
            CHECK(many.fault == co::message_fault::too_many_handles);
            for (int i = 0; i < 3; ++i) CHECK(number_in(h[i]) == i + 1);
        }
        linked<text_channel> without;
        auto closed_to_handles = co_await catching(without.a.send("text", std::move(h[0])));
        CHECK(closed_to_handles.fault == co::message_fault::too_many_handles);
        CHECK(number_in(h[0]) == 1);
        // Nothing of it reached the wire.
        co_await l.a.send("last", std::move(h[1]), std::move(h[2]));
        std::string_view got;
        const bool more = co_await l.b.receive_into(got);
        CHECK(more);
        CHECK(got == "last");
        const std::vector<co::handle> came = l.b.take_handles();
        REQUIRE(came.size() == 2);
        CHECK(number_in(came[0]) == 2);
        CHECK(number_in(came[1]) == 3);
    });
}

TEST_CASE("a close between the arrival of a message and the turn of its receiver ends the receive") {
    run([]() -> co::task<> {
        co::stream_pair both = co::unix_pair();
        using job_channel = co::channel_to<render, render>;
        job_channel a(std::move(both.first()));
        job_channel b(std::move(both.second()));
        bool ended = false;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                auto m = co_await b.receive();
                ended = !m;
            });
            co_await co::sleep(1ms);
            render job{1, "p", numbered(1)};
            co_await a.send(co::give(job));
            co_await a.flush();
            // When the bytes have come the receiver is ready as well, and behind in the queue.
            while (b.statistics().handles_received == 0) co_await co::yield();
            CHECK(b.statistics().messages_received == 0);
            co_await b.close();
        });
        CHECK(ended);
    });
}

TEST_CASE("a handle to and fro costs no allocation in the steady state") {
    run([]() -> co::task<> {
        linked<co::channel_to<render, render>> l;
        render job{1, "p", numbered(9)};
        std::size_t allocations = 0;
        for (int i = 0; i < 1100; ++i) {
            if (i == 100) allocations = support::allocation_count();
            co_await l.a.send(co::give(job));
            co_await l.b.receive_into(job);
            co_await l.b.send(co::give(job));
            co_await l.a.receive_into(job);
        }
        CHECK(support::allocation_count() == allocations);
        CHECK(number_in(job.target) == 9);
    });
}
