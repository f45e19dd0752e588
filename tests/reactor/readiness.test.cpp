#include "backends.hpp"

#include <cohort/sys/io.hpp>

#include <deque>
#include <memory>
#include <vector>

using namespace std::chrono_literals;

TEMPLATE_TEST_CASE("a read waits for bytes, then for the end", "", BACKENDS) {
    support::loop_driver<TestType> d;
    auto p = pipe_ends<TestType>();
    support::root<std::string> first(d.exec(), p.first.text(10));
    d.settle();
    CHECK(!first.done());
    p.second.put("abc");
    d.settle();
    REQUIRE(first.done());
    CHECK(first.take() == "abc");

    support::root<std::string> end(d.exec(), p.first.text(10));
    d.settle();
    CHECK(!end.done());
    p.second.close();
    d.settle();
    REQUIRE(end.done());
    CHECK(end.take() == "");
}

TEMPLATE_TEST_CASE("bytes and a hang-up that came before the first wait are seen", "", BACKENDS) {
    support::loop_driver<TestType> d;
    auto p = pipe_ends<TestType>();
    p.second.put("abcdef");
    p.second.close();
    CHECK(d.run(p.first.text(4)) == "abcd");
    CHECK(d.run(p.first.text(4)) == "ef");
    CHECK(d.run(p.first.text(4)) == "");
    CHECK(d.run(p.first.text(4)) == "");  // and again
}

TEMPLATE_TEST_CASE("a registered descriptor loses nothing between reads", "", BACKENDS) {
    support::loop_driver<TestType> d;
    auto s = socket_ends<TestType>();
    {  // registers the descriptor
        support::root<std::string> r(d.exec(), s.first.text(10));
        d.settle();
        s.second.put("0");
        d.settle();
        REQUIRE(r.done());
        CHECK(r.take() == "0");
    }
    SECTION("a short read, then more arrives before the next read") {
        s.second.put("a");
        d.settle();
        s.second.put("b");
        CHECK(d.run(s.first.text(10)) == "ab");
        s.second.put("c");
        CHECK(d.run(s.first.text(10)) == "c");
    }
    SECTION("a full read leaves bytes, which the next read finds without an event") {
        s.second.put("abcdef");
        CHECK(d.run(s.first.text(3)) == "abc");
        CHECK(d.run(s.first.text(3)) == "def");
    }
    SECTION("bytes followed by a hang-up") {
        s.second.put("abc");
        s.second.close();
        CHECK(d.run(s.first.text(10)) == "abc");
        CHECK(d.run(s.first.text(10)) == "");
    }
    SECTION("a read that was withdrawn takes nothing") {
        support::root<std::string> r(d.exec(), s.first.text(10));
        d.settle();
        r.stop();
        d.settle();
        REQUIRE(r.done());
        CHECK(r.was_cancelled());
        s.second.put("still here");
        CHECK(d.run(s.first.text(100)) == "still here");
    }
}

TEMPLATE_TEST_CASE("a write waits for room", "", BACKENDS) {
    support::loop_driver<TestType> d;
    auto p = pipe_ends<TestType>();
    const std::size_t room = p.second.stuff();
    const auto one_byte = [&]() -> co::task<std::size_t> { co_return co_await p.second.write("y", 1); };
    support::root<std::size_t> w(d.exec(), one_byte());
    d.settle();
    CHECK(!w.done());
    CHECK(d.run(p.first.text(room)).size() == room);
    d.settle();
    REQUIRE(w.done());
    CHECK(w.take() == 1);
    CHECK(d.run(p.first.text(10)) == "y");

    // Once more on the registered descriptor.
    const std::size_t again = p.second.stuff();
    support::root<std::size_t> v(d.exec(), one_byte());
    d.settle();
    CHECK(!v.done());
    CHECK(d.run(p.first.text(again)).size() == again);
    d.finish(v);
    CHECK(v.take() == 1);
}

TEST_CASE("a transfer of more than one call can move is cut, not wrapped round") {
    const auto never = [](co::io_request&) noexcept {};
    const std::size_t large = (std::size_t{1} << 32) + 5;
    char byte = 0;
    co::write_request w(never, &byte, large, co::transfer_mode::plain);
    co::read_request r(never, &byte, large);
    CHECK(w.size == 0x7ffff000);
    CHECK(r.size == 0x7ffff000);
    w.set(&byte, 5);
    r.set(&byte, 5);
    CHECK(w.size == 5);
    CHECK(r.size == 5);
    w.set(&byte, large);
    r.set(&byte, large);
    CHECK(w.size == 0x7ffff000);
    CHECK(r.size == 0x7ffff000);
}

TEMPLATE_TEST_CASE("a write learns that nobody reads", "", BACKENDS) {
    support::loop_driver<TestType> d;
    auto p = pipe_ends<TestType>();
    p.second.stuff();
    const auto one_byte = [&]() -> co::task<std::size_t> { co_return co_await p.second.write("y", 1); };
    support::root<std::size_t> w(d.exec(), one_byte());
    d.settle();
    CHECK(!w.done());
    p.first.close();
    d.settle();
    REQUIRE(w.done());
    try {
        w.take();
        FAIL("no error");
    } catch (const std::system_error& e) {
        CHECK(e.code() == std::errc::broken_pipe);
    }
}

TEMPLATE_TEST_CASE("both directions of a socket wait at once", "", BACKENDS) {
    support::loop_driver<TestType> d;
    auto s = socket_ends<TestType>();
    const std::size_t room = s.first.stuff();
    const auto one_byte = [&]() -> co::task<std::size_t> { co_return co_await s.first.write("y", 1); };
    support::root<std::string> r(d.exec(), s.first.text(10));
    support::root<std::size_t> w(d.exec(), one_byte());
    d.settle();
    CHECK(!r.done());
    CHECK(!w.done());
    s.second.put("answer");
    d.settle();
    REQUIRE(r.done());
    CHECK(r.take() == "answer");
    CHECK(!w.done());
    std::size_t drained = 0;
    while (drained < room) {
        const std::string got = support::raw_read(s.second.fd(), room);
        REQUIRE(!got.empty());
        drained += got.size();
    }
    d.settle();
    REQUIRE(w.done());
    CHECK(w.take() == 1);
}

TEMPLATE_TEST_CASE("several readers are served in the order of their coming", "", BACKENDS) {
    support::loop_driver<TestType> d;
    auto p = pipe_ends<TestType>();
    std::deque<support::root<std::string>> readers;
    for (int i = 0; i < 5; ++i) {
        readers.emplace_back(d.exec(), p.first.text(1));
        d.settle();
    }
    CHECK(support::pending_names(d.exec()).size() == 5);
    readers[2].stop();
    d.settle();
    CHECK(readers[2].was_cancelled());
    p.second.put("ab");
    d.settle();
    CHECK(readers[0].take() == "a");
    CHECK(readers[1].take() == "b");
    CHECK(!readers[3].done());
    p.second.put("cd");
    d.settle();
    CHECK(readers[3].take() == "c");
    CHECK(readers[4].take() == "d");
    // The last in the queue may leave, and another may come behind.
    support::root<std::string> x(d.exec(), p.first.text(1));
    support::root<std::string> y(d.exec(), p.first.text(1));
    d.settle();
    y.stop();
    d.settle();
    support::root<std::string> z(d.exec(), p.first.text(1));
    d.settle();
    p.second.put("xz");
    d.settle();
    CHECK(x.take() == "x");
    CHECK(z.take() == "z");
}

TEMPLATE_TEST_CASE("closing completes those who wait, and their number's next owner is left alone", "", BACKENDS) {
    support::loop_driver<TestType> d;
    for (int round = 0; round < 20; ++round) {
        auto old = pipe_ends<TestType>();
        support::root<std::string> waiting(d.exec(), old.first.text(10));
        d.settle();
        CHECK(!waiting.done());
        const int number = old.first.fd();
        if (round % 2) old.second.put("for the old one");  // an event is on its way as it closes
        old.first.close();
        auto young = pipe_ends<TestType>();
        if constexpr (lowest_number_is_next) CHECK(young.first.fd() == number);
        support::root<std::string> next(d.exec(), young.first.text(10));
        d.settle();
        REQUIRE(waiting.done());
        try {
            const std::string got = waiting.take();
            CHECK((reads_by_itself && round % 2 && got == "for the ol"));
        } catch (const std::system_error& e) {
            CHECK(e.code() == std::errc::operation_canceled);
            CHECK_FALSE((reads_by_itself && round % 2));
        }
        CHECK(!next.done());
        young.second.put("new");
        d.settle();
        REQUIRE(next.done());
        CHECK(next.take() == "new");
    }
}

TEMPLATE_TEST_CASE("a descriptor whose description lives on elsewhere is forgotten when it closes", "", BACKENDS) {
    support::loop_driver<TestType> d;
    auto p = pipe_ends<TestType>();
    support::root<std::string> waiting(d.exec(), p.first.text(10));
    d.settle();
    const auto copy = co::sys::dup(p.first.fd());  // epoll watches the description, not the number
    REQUIRE(copy);
    p.first.close();
    d.settle();
    CHECK(waiting.done());
    p.second.put("unheard");
    for (int i = 0; i < 10; ++i) CHECK(d.loop().backend().wait(0) == 0);
    support::raw_close(*copy);
    CHECK_THROWS_AS(waiting.take(), std::system_error);
}

TEMPLATE_TEST_CASE("operations on a closed descriptor fail at once", "", BACKENDS) {
    support::loop_driver<TestType> d;
    auto p = pipe_ends<TestType>();
    p.first.close();
    try {
        d.run(p.first.text(1));
        FAIL("no error");
    } catch (const std::system_error& e) {
        CHECK(e.code() == std::errc::bad_file_descriptor);
    }
}

TEMPLATE_TEST_CASE("a registration may move while an operation waits", "", BACKENDS) {
    support::loop_driver<TestType> d;
    auto p = pipe_ends<TestType>();
    support::root<std::string> r(d.exec(), p.first.text(10));
    d.settle();
    endpoint<TestType> moved = std::move(p.first);
    p.second.put("abc");
    d.settle();
    REQUIRE(r.done());
    CHECK(r.take() == "abc");
    p.second.put("def");
    CHECK(d.run(moved.text(10)) == "def");
}

TEMPLATE_TEST_CASE("a released descriptor is open and unknown to the loop", "", BACKENDS) {
    support::loop_driver<TestType> d;
    auto p = pipe_ends<TestType>();
    support::root<std::string> r(d.exec(), p.first.text(10));
    d.settle();
    const int fd = p.first.registered().release();
    d.settle();
    CHECK(r.done());
    CHECK_THROWS_AS(r.take(), std::system_error);
    p.second.put("x");
    CHECK(d.loop().backend().wait(0) == 0);
    CHECK(support::raw_read(fd, 1) == "x");
    support::raw_close(fd);
}

TEMPLATE_TEST_CASE("a busy descriptor starves neither the others nor the timers", "", BACKENDS) {
    TestType loop;
    auto busy = pipe_ends<TestType>();
    auto calm = pipe_ends<TestType>();
    bool stop = false;
    std::size_t rounds = 0;
    const auto hog = [&]() -> co::task<> {
        char byte = 'x';
        while (!stop) {
            co_await busy.second.write(&byte, 1);
            co_await busy.first.read(&byte, 1);
            ++rounds;
        }
    };
    const auto others = [&]() -> co::task<> {
        co_await co::sleep(5ms);
        CHECK(rounds > 0);
        calm.second.put("calm");
        const std::string got = co_await calm.first.text(10);
        CHECK(got == "calm");
        stop = true;
    };
    const auto main = [&]() -> co::task<> {
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn(hog());
            s.spawn(others());
            co_return;
        });
    };
    loop.run(main());
    CHECK(stop);
}

TEMPLATE_TEST_CASE("many descriptors, opened, used and closed in any order", "", BACKENDS) {
    TestType loop;
    const auto main = []() -> co::task<> {
        std::vector<connected<TestType>> pipes;
        for (int i = 0; i < 150; ++i) pipes.push_back(pipe_ends<TestType>());
        std::size_t bytes = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (auto& p : pipes)
                s.spawn([](endpoint<TestType>& from, std::size_t& sum) -> co::task<> {
                    for (;;) {
                        const std::string got = co_await from.text(100);
                        if (got.empty()) co_return;
                        sum += got.size();
                    }
                }, std::ref(p.first), std::ref(bytes));
            for (std::size_t i = 0; i < pipes.size(); ++i) {
                co_await co::yield();
                auto& p = pipes[i * 7 % pipes.size()];
                p.second.put("12345");
                co_await co::yield();
                p.second.close();
            }
        });
        CHECK(bytes == 5 * pipes.size());
    };
    loop.run(main());
}
