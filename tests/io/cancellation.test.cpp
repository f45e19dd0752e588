#include "support/cancellation.hpp"

#include "on_loop.hpp"
#include "support/raw_io.hpp"

#include <array>

namespace {

using driver = support::loop_driver<>;

/// Events of descriptors reach the waiter through the loop, and several readers of one stream are served in order.
support::cancellation_traits through_the_loop() {
    support::cancellation_traits traits;
    traits.synchronous = false;
    return traits;
}

std::size_t bytes_in(int fd) {
    const auto count = co::sys::bytes_readable(fd);
    REQUIRE(count);
    return *count;
}

struct piped {
    co::pipe_pair ends = co::make_pipe();
};

struct paired {
    co::stream_pair ends = co::unix_pair();
};

}  // namespace

TEST_CASE("cancelling read_some of a pipe and of a socket") {
    support::check_cancellation<piped, driver>(
        "stream.read_some",
        [](piped& s) -> co::task<> {
            std::array<std::byte, 1> b;
            const std::size_t n = co_await s.ends.reader().read_some(std::span<std::byte>(b));
            CHECK(n == 1);
        },
        [](piped& s) { REQUIRE(support::raw_write(s.ends.writer().native(), "x") == 1); },
        [](piped& s) { return bytes_in(s.ends.reader().native()); }, through_the_loop());
    support::check_cancellation<paired, driver>(
        "stream.read_some, vectored",
        [](paired& s) -> co::task<> {
            std::array<std::byte, 1> b;
            const std::array<std::span<std::byte>, 1> into{b};
            const std::size_t n = co_await s.ends.first().read_some(into);
            CHECK(n == 1);
        },
        [](paired& s) { REQUIRE(support::raw_write(s.ends.second().native(), "x") == 1); },
        [](paired& s) { return bytes_in(s.ends.first().native()); }, through_the_loop());
}

TEST_CASE("cancelling read_exactly, copy and lines") {
    auto traits = through_the_loop();
    traits.shared = false;
    support::check_cancellation<piped, driver>(
        "read_exactly",
        [](piped& s) -> co::task<> {
            std::array<std::byte, 3> b;
            const std::size_t n = co_await co::read_exactly(s.ends.reader(), b);
            CHECK(n == 3);
        },
        [](piped& s) { REQUIRE(support::raw_write(s.ends.writer().native(), "xyz") == 3); },
        [](piped& s) { return bytes_in(s.ends.reader().native()) / 3; }, traits);

    struct reading {
        co::pipe_pair ends = co::make_pipe();
        co::buffered_reader<co::stream&> reader{ends.reader()};
    };
    support::check_cancellation<reading, driver>(
        "buffered_reader.line",
        [](reading& s) -> co::task<> {
            const auto line = co_await s.reader.line();
            CHECK((line && *line == "x"));
        },
        [](reading& s) { REQUIRE(support::raw_write(s.ends.writer().native(), "x\n") == 2); },
        [](reading& s) { return bytes_in(s.ends.reader().native()) / 2 + s.reader.buffered().size() / 2; }, traits);

    // A copy ends with its source; cancelled before, what it has not moved is still there.
    driver d;
    auto from = co::make_pipe();
    auto to = co::unix_pair();
    std::uint64_t copied = 0;
    const auto copying = [&]() -> co::task<> {
        static_cast<void>(co_await co::copy(from.reader(), to.first(), copied));
    };
    REQUIRE(support::raw_write(from.writer().native(), "abc") == 3);
    {
        support::root<> r(d.exec(), copying());
        r.stop();
        d.settle();
        CHECK(r.was_cancelled());
        CHECK(bytes_in(from.reader().native()) == 3);
    }
    {
        support::root<> r(d.exec(), copying());
        d.settle();
        CHECK(!r.done());
        CHECK(copied == 3);
        r.stop();
        d.settle();
        CHECK(r.was_cancelled());
    }
    REQUIRE(support::raw_write(from.writer().native(), "def") == 3);
    from.writer().close();
    {
        support::root<> r(d.exec(), copying());
        d.settle();
        CHECK(r.done());
        CHECK(!r.error());
        CHECK(copied == 3);
    }
    CHECK(bytes_in(to.second().native()) == 6);

    // A generator of lines whose `next` is cancelled while it waits has ended, and said so by throwing.
    auto text = co::make_pipe();
    auto all = co::lines(text.reader());
    const auto next = [&]() -> co::task<std::string> {
        auto line = co_await all.next();
        co_return line ? *line : std::string("(end)");
    };
    {
        support::root<std::string> r(d.exec(), next());
        r.stop();
        d.settle();
        CHECK(r.was_cancelled());
    }
    REQUIRE(support::raw_write(text.writer().native(), "one\n") == 4);
    CHECK(d.run(next()) == "one");  // cancelled before it began: goes on
    {
        support::root<std::string> r(d.exec(), next());
        d.settle();
        r.stop();
        d.settle();
        CHECK(r.was_cancelled());
    }
    CHECK(d.run(next()) == "(end)");
}
