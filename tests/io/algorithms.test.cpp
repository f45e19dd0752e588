#include "memory_stream.hpp"
#include "on_loop.hpp"

#include <array>
#include <vector>

using namespace std::chrono_literals;

static_assert(co::readable_stream<memory_stream> && co::writable_stream<memory_stream>);
static_assert(co::readable_stream<co::stream> && co::writable_stream<co::stream>);
static_assert(co::readable_stream<co::file> && co::writable_stream<co::file>);
static_assert(co::readable_stream<co::buffered_reader<co::stream>>);
static_assert(co::readable_stream<co::buffered_reader<memory_stream&>>);
static_assert(!co::readable_stream<co::handle> && !co::writable_stream<std::string>);

TEST_CASE("read_exactly and write_all go on until all is done, whatever the pieces") {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
        support::drive([piece]() -> co::task<> {
            memory_stream s("0123456789", piece);
            std::array<char, 7> b{};
            const std::size_t n = co_await co::read_exactly(s, std::as_writable_bytes(std::span(b)));
            CHECK(n == 7);
            CHECK(std::string(b.data(), 7) == "0123456");
            const std::size_t rest = co_await co::read_exactly(s, std::as_writable_bytes(std::span(b)));
            CHECK(rest == 3);
            const std::size_t none = co_await co::read_exactly(s, std::as_writable_bytes(std::span(b)));
            CHECK(none == 0);
            const std::size_t empty = co_await co::read_exactly(s, std::span<std::byte>());
            CHECK(empty == 0);
            co_await co::write_all(s, "written in pieces");
            co_await co::write_all(s, "");
            std::size_t written = 99;
            co_await co::write_all(s, co::bytes_of(" too"), written);
            CHECK(written == 4);
            CHECK(s.output() == "written in pieces too");
        });
    }
}

TEST_CASE("require_exactly takes nothing less") {
    support::drive([]() -> co::task<> {
        memory_stream s("0123456789", 3);
        std::array<std::byte, 6> b;
        co_await co::require_exactly(s, b);
        const auto failed = co_await co::attempt(co::require_exactly(s, b));
        CHECK(failed.code() == co::io_errc::unexpected_end);
        CHECK(failed.message() == "read: unexpected end of stream");
    });
}

TEST_CASE("a cancelled transfer says how far it came") {
    on_loop([]() -> co::task<> {
        auto p = co::make_pipe();
        co_await co::write_all(p.writer(), "abc");
        std::array<char, 10> b{};
        std::size_t done = 99;
        const auto bytes = std::as_writable_bytes(std::span(b));
        const auto partial = co_await co::timeout(1ms, co::read_exactly(p.reader(), bytes, done));
        CHECK(partial.timed_out());
        CHECK(done == 3);
        co_await co::write_all(p.writer(), "defghij");
        const std::size_t rest = co_await co::read_exactly(p.reader(), bytes.subspan(done));
        CHECK(rest == 7);
        CHECK(std::string(b.data(), b.size()) == "abcdefghij");

        const std::string big(1 << 20, 'x');
        std::size_t written = 0;
        const auto cut = co_await co::timeout(1ms, co::write_all(p.writer(), co::bytes_of(big), written));
        CHECK(cut.timed_out());
        CHECK(written > 0);
        CHECK(written < big.size());
        p.writer().close();
        const std::string got = co_await drain(p.reader());
        CHECK(got.size() == written);
    });
}

TEST_CASE("read_until finds the delimiter across pieces and keeps what follows") {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{4096}}) {
        support::drive([piece]() -> co::task<> {
            memory_stream s("one;two;;three", piece);
            std::string buffer;
            std::vector<std::string> found;
            for (;;) {
                const std::size_t n = co_await co::read_until(s, buffer, ';');
                if (n == 0) break;
                found.push_back(buffer.substr(0, n));
                buffer.erase(0, n);
            }
            CHECK(found == std::vector<std::string>{"one;", "two;", ";"});
            CHECK(buffer == "three");
        });
    }
    support::drive([]() -> co::task<> {
        memory_stream s(std::string(10000, 'x') + "\n", 1000);
        std::string buffer;
        const auto failed = co_await co::attempt(co::read_until(s, buffer, '\n', 5000));
        CHECK(failed.code() == co::io_errc::limit_exceeded);
        CHECK(buffer.size() >= 5000);
        CHECK(buffer.size() == s.consumed());
        const std::size_t n = co_await co::read_until(s, buffer, '\n');
        CHECK(n == 10001);
        memory_stream exact("abc;", 10);
        std::string four;
        const std::size_t fits = co_await co::read_until(exact, four, ';', 4);
        CHECK(fits == 4);
        memory_stream over("abcd;", 10);
        std::string five;
        const auto too_long = co_await co::attempt(co::read_until(over, five, ';', 4));
        CHECK(too_long.code() == co::io_errc::limit_exceeded);
    });
}

TEST_CASE("lines of every kind, in pieces of every size") {
    const std::string text =
        "first\nsecond\r\n\n\r\nwith\rinside\n" + std::string(40000, 'l') + "\nlast without an end";
    const std::vector<std::string> expected{"first", "second", "", "", "with\rinside", std::string(40000, 'l'),
                                            "last without an end"};
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100000}}) {
        support::drive([&]() -> co::task<> {
            memory_stream s(text, piece);
            co::buffered_reader<memory_stream&> reader(s);
            std::vector<std::string> found;
            while (auto line = co_await reader.line()) found.push_back(*line);
            CHECK(found == expected);
            const auto again = co_await reader.line();
            CHECK(!again);

            memory_stream t(text, piece);
            std::vector<std::string> generated;
            auto all = co::lines(t);
            while (auto line = co_await all.next()) generated.push_back(*line);
            CHECK(generated == expected);
        });
    }
    support::drive([]() -> co::task<> {
        memory_stream empty;
        auto none = co::lines(empty);
        const auto first = co_await none.next();
        CHECK(!first);
        memory_stream one("\n");
        auto single = co::lines(one);
        const auto line = co_await single.next();
        CHECK((line && line->empty()));
        const auto end = co_await single.next();
        CHECK(!end);
    });
}

TEST_CASE("what a reader has buffered goes with it when it is moved, and not into a copy") {
    support::drive([]() -> co::task<> {
        memory_stream s("first\nsecond\nthird\n", 100);
        co::buffered_reader<memory_stream&> reader(s);
        const auto first = co_await reader.line();
        CHECK(*first == "first");
        co::buffered_reader<memory_stream&> copied(reader);
        CHECK(copied.buffered().empty());
        co::buffered_reader<memory_stream&> moved(std::move(reader));
        CHECK(reader.buffered().empty());
        CHECK(moved.buffered() == "second\nthird\n");
        const auto second = co_await moved.line();
        CHECK(*second == "second");
        const auto nothing = co_await reader.line();  // of the stream, all of which has been read
        CHECK(!nothing);
    });
}

TEST_CASE("a line has a limit, and the bytes stay") {
    support::drive([]() -> co::task<> {
        memory_stream s("12345\n123456\nshort\n", 4);
        co::buffered_reader<memory_stream&> reader(s, 5);
        const auto fits = co_await reader.line();
        CHECK((fits && *fits == "12345"));
        const auto failed = co_await co::attempt(reader.line());
        CHECK(failed.code() == co::io_errc::limit_exceeded);
        CHECK(reader.buffered().substr(0, 6) == "123456");
        reader.consume(6);
        const auto rest = co_await reader.line();
        CHECK((rest && rest->empty()));
        const auto next = co_await reader.line();
        CHECK((next && *next == "short"));
    });
}

TEST_CASE("the end of a line does not count, whichever it is") {
    for (std::size_t piece : {1u, 2u, 3u, 100u}) {
        support::drive([piece]() -> co::task<> {
            memory_stream s("123\r\n123\n123\r\n\r\n12\r3\r\n", piece);
            co::buffered_reader<memory_stream&> reader(s, 3);
            for (const char* expected : {"123", "123", "123", ""}) {
                const auto line = co_await reader.line();
                CHECK((line && *line == expected));
            }
            const auto failed = co_await co::attempt(reader.line());
            CHECK(failed.code() == co::io_errc::limit_exceeded);
            CHECK(reader.buffered().substr(0, 4) == "12\r3");
        });
        support::drive([piece]() -> co::task<> {
            memory_stream s("1234\r\n", piece);
            co::buffered_reader<memory_stream&> reader(s, 3);
            const auto failed = co_await co::attempt(reader.line());
            CHECK(failed.code() == co::io_errc::limit_exceeded);
        });
        support::drive([piece]() -> co::task<> {
            memory_stream s("123\r4", piece);
            co::buffered_reader<memory_stream&> reader(s, 3);
            const auto failed = co_await co::attempt(reader.line());
            CHECK(failed.code() == co::io_errc::limit_exceeded);
        });
        support::drive([piece]() -> co::task<> {
            memory_stream s("123\r;", piece);
            co::buffered_reader<memory_stream&> reader(s, 3);
            // A record has no line end: the \r is a byte like any other.
            const auto failed = co_await co::attempt(reader.read_until(';'));
            CHECK(failed.code() == co::io_errc::limit_exceeded);
        });
    }
}

TEST_CASE("a buffered reader gives its bytes first, then the stream's") {
    support::drive([]() -> co::task<> {
        memory_stream s("head\nbody of the message", 12);
        co::buffered_reader reader(std::move(s));
        const auto head = co_await reader.line();
        CHECK((head && *head == "head"));
        CHECK(reader.buffered() == "body of");
        std::array<char, 4> four{};
        const std::size_t n = co_await reader.read_some(std::as_writable_bytes(std::span(four)));
        CHECK(std::string(four.data(), n) == "body");
        const std::string rest = co_await drain(reader);
        CHECK(rest == " of the message");
        const std::size_t end = co_await reader.read_some(std::as_writable_bytes(std::span(four)));
        CHECK(end == 0);
    });
}

TEST_CASE("a cancelled line loses nothing") {
    on_loop([]() -> co::task<> {
        auto p = co::make_pipe();
        co::buffered_reader reader(std::move(p.reader()));
        co_await co::write_all(p.writer(), "begun ");
        const auto nothing = co_await co::timeout(1ms, reader.line());
        CHECK(nothing.timed_out());
        CHECK(reader.buffered() == "begun ");
        co_await co::write_all(p.writer(), "and ended\nmore");
        const auto line = co_await reader.line();
        CHECK((line && *line == "begun and ended"));
        p.writer().close();
        const auto last = co_await reader.line();
        CHECK((last && *last == "more"));
    });
}

TEST_CASE("copy through a buffer, in pieces") {
    support::drive([]() -> co::task<> {
        std::string text;
        for (int i = 0; i < 50000; ++i) text += char('a' + i % 26);
        memory_stream from(text, 777);
        memory_stream to("", 1313);
        const std::uint64_t n = co_await co::copy(from, to);
        CHECK(n == text.size());
        CHECK(to.output() == text);
    });
}
