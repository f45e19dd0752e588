// Channels over streams that are no descriptors.
#include "support/allocation.hpp"
#include "wire/memory_stream.hpp"
#include "wire/peer.hpp"

using namespace wire;
using namespace std::chrono_literals;

namespace {

using memory_channel = co::channel<memory_stream>;

struct point {
    int x;
    int y;
};

/// A stream whose read takes its time to wind up.
class slow_stream {
public:
    explicit slow_stream(std::shared_ptr<int> life) : life_(std::move(life)) {}

    co::task<std::size_t> read_some(std::span<std::byte>) {
        bool stopped = false;
        try {
            co_await co::sleep(1h);
        } catch (const co::cancelled&) {
            stopped = true;
        }
        if (stopped) co_await co::shield(co::sleep(1ms));
        throw co::cancelled();
    }
    co::task<std::size_t> write_some(std::span<const std::byte> from) { co_return from.size(); }

private:
    std::shared_ptr<int> life_;
};

struct pair_in_memory {
    std::shared_ptr<memory_pipe> there = std::make_shared<memory_pipe>();
    std::shared_ptr<memory_pipe> back = std::make_shared<memory_pipe>();
    memory_channel a{memory_stream(back, there)};
    memory_channel b{memory_stream(there, back)};
};

}  // namespace

TEST_CASE("a channel over a stream in memory, however small its pieces") {
    for (const std::size_t piece : {std::size_t(1), std::size_t(3), std::size_t(1000)}) {
        support::drive([&]() -> co::task<> {
            pair_in_memory l;
            l.there->piece = l.back->piece = piece;
            l.there->room = 50;
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn([&]() -> co::task<> {
                    while (auto p = co_await l.b.receive<point>()) {
                        point swapped{p->y, p->x};
                        co_await l.b.send(swapped);
                    }
                });
                for (int i = 0; i < 20; ++i) {
                    point p{i, -i};
                    co_await l.a.send(p);
                    auto back = co_await l.a.receive<point>();
                    REQUIRE(back);
                    CHECK(back->x == -i);
                    CHECK(back->y == i);
                }
                const std::string large(5000, 'x');
                co_await l.a.shutdown_write();
            });
        });
    }
}

TEST_CASE("destroying a channel over any stream while it reads and writes is safe") {
    support::virtual_driver driver;
    auto there = std::make_shared<memory_pipe>();
    auto back = std::make_shared<memory_pipe>();
    there->room = 10;
    {
        auto channel = std::make_unique<memory_channel>(memory_stream(back, there));
        support::root<> receiver(driver.exec(), [](memory_channel& c) -> co::task<> { co_await c.receive(); }(*channel));
        support::root<> sender(driver.exec(), [](memory_channel& c) -> co::task<> {
            co_await c.send(std::string(1000, 'x'));
            co_await c.flush();
        }(*channel));
        driver.settle();
        receiver.stop();
        sender.stop();
        driver.settle();
        CHECK(receiver.was_cancelled());
        CHECK(sender.was_cancelled());
        channel.reset();
    }
    driver.settle();
    CHECK(support::pending_names(driver.exec()).empty());
    CHECK(there.use_count() == 1);
    CHECK(back.use_count() == 1);
}

TEST_CASE("a loop ends after the stream of a channel that was destroyed while it read") {
    const auto life = std::make_shared<int>(0);
    run([&]() -> co::task<> {
        co::channel<slow_stream> channel{slow_stream(life)};
        auto got = co_await co::timeout(1ms, channel.receive<int>());
        CHECK(got.timed_out());
    });
    CHECK(life.use_count() == 1);
}

TEST_CASE("a large payload under way over any stream: a send that is cancelled completes, and the message goes on whole") {
    using raw_channel = co::channel<memory_stream, co::framing::length_prefix<>, co::codec::bytes>;
    for (const std::size_t room : {std::size_t(0), std::size_t(2), std::size_t(1000), std::size_t(100'000)}) {
        support::virtual_driver driver;
        auto there = std::make_shared<memory_pipe>();
        auto back = std::make_shared<memory_pipe>();
        there->piece = 1 << 20;
        there->room = room;
        raw_channel channel(memory_stream(back, there), co::channel_options().high_water(1 << 20));
        std::string large(200'000, 'L');
        support::root<> sender(driver.exec(), [](raw_channel& to, const std::string& m) -> co::task<> {
            co_await to.send(m);
        }(channel, large));
        driver.settle();
        REQUIRE(!sender.done());
        sender.stop();
        driver.settle();
        CHECK(sender.done());
        CHECK(!sender.was_cancelled());
        if (sender.done()) std::fill(large.begin(), large.end(), '!');  // the caller's again
        support::root<> after(driver.exec(), [](raw_channel& to) -> co::task<> {
            co_await to.send("after");
            co_await to.flush();
        }(channel));
        driver.settle();
        CHECK(!after.done());
        std::string received;
        there->room = 1000;
        while (!after.done()) {
            received += there->bytes;
            there->bytes.clear();
            there->writable.set();
            driver.settle();
        }
        received += there->bytes;
        CHECK(received == frame(std::string(200'000, 'L')) + frame("after"));
        CHECK(channel.queued() == 0);
    }
}

TEST_CASE("a write for which there is no memory fails its channel") {
    int failed = 0;
    for (long nth = 0; nth < 4; ++nth) {
        support::drive([&]() -> co::task<> {
            pair_in_memory l;
            point p{1, 2};
            co_await l.a.send(p);
            auto flush = l.a.flush();
            support::fail_allocation(nth);
            auto first = co_await co::attempt(std::move(flush));
            support::fail_allocation(-1);
            auto second = co_await co::attempt(l.a.send(p));
            CHECK(bool(first) == bool(second));
            failed += !first;
        });
    }
    CHECK(failed > 0);
}

TEST_CASE("a cut frame and a close over any stream") {
    support::drive([]() -> co::task<> {
        auto there = std::make_shared<memory_pipe>();
        auto back = std::make_shared<memory_pipe>();
        memory_channel channel(memory_stream(back, there), co::channel_options().name("memory"));
        back->bytes = frame("1") + frame("2").substr(0, 3);
        back->ended = true;
        back->readable.set();
        auto one = co_await channel.receive<int>();
        CHECK(*one == 1);
        auto error = co_await catching(channel.receive<int>());
        CHECK(error.fault == co::message_fault::cut_off);
        CHECK(error.offset == 8);
        CHECK(!channel.carries_handles());
        co_await channel.close();
        CHECK(there->ended);
    });
}
