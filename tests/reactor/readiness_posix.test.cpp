// What is particular to backends that report readiness, and to pairs of sockets, which Windows does not have.
#include "backends.hpp"
#include "support/gated_child.hpp"

#include <cohort/sys/pidfd.hpp>
#include <cohort/sys/process.hpp>

#include <memory>
#include <sys/socket.h>
#include <vector>

using namespace std::chrono_literals;

TEMPLATE_TEST_CASE("a hang-up that is reported before the bytes are read loses none, and closes one direction", "",
                   BACKENDS) {
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
    s.second.put("abc");
    ::shutdown(s.second.fd(), SHUT_WR);
    d.settle();
    CHECK(d.run(s.first.text(2)) == "ab");
    CHECK(d.run(s.first.text(2)) == "c");
    CHECK(d.run(s.first.text(2)) == "");
    s.first.put("back");  // the other direction is open
    CHECK(d.run(s.second.text(10)) == "back");
}

namespace {

/// Two reads that wait. The first to complete closes the other's descriptor, whose record goes to a third.
template <class Loop>
class succession {
public:
    class read : public co::read_request {
    public:
        explicit read(succession& s) : co::read_request(&succession::done, nullptr, 0), all(s) {
            set(bytes_, sizeof bytes_);
        }
        co::sys::outcome<std::size_t> attempt(int fd) noexcept {
            ++attempts;
            return co::read_request::attempt(fd);
        }

        succession& all;
        connected<Loop> pipe = pipe_ends<Loop>();
        int attempts = 0;
        bool completed = false;

    private:
        char bytes_[8];
    };

    bool submit(read& r) { return loop.backend().submit(r.pipe.first.registered().attach(loop), r); }

    Loop loop;
    read first{*this};
    read second{*this};
    read heir{*this};
    bool same_record = false;

private:
    static void done(co::io_request& r) noexcept {
        auto& mine = static_cast<read&>(r);
        mine.completed = true;
        succession& all = mine.all;
        if (&mine == &all.heir || all.same_record) return;
        read& other = &mine == &all.first ? all.second : all.first;
        if (other.completed) return;
        auto* const record = &other.pipe.first.registered().attach(all.loop);
        other.pipe.first.close();
        all.same_record = record == &all.heir.pipe.first.registered().attach(all.loop);
        all.submit(all.heir);
    }
};

}  // namespace

TEMPLATE_TEST_CASE("a report for a descriptor that has closed in the same turn does not reach its record's next", "",
                   BACKENDS) {
    succession<TestType> s;
    REQUIRE(!s.submit(s.first));
    REQUIRE(!s.submit(s.second));
    s.first.pipe.second.put("1");
    s.second.pipe.second.put("2");
    s.loop.backend().wait(0);
    CHECK(s.first.completed);
    CHECK(s.second.completed);  // one of them with ECANCELED
    CHECK(bool(s.first.result) != bool(s.second.result));
    CHECK(s.same_record);
    CHECK(s.heir.attempts == 1);  // when it was submitted
    CHECK(!s.heir.completed);
    s.heir.pipe.second.put("3");
    s.loop.backend().wait(0);
    CHECK(s.heir.completed);
    CHECK(s.heir.attempts == 2);
}

TEMPLATE_TEST_CASE("what need not wait needs no record, and can then go to another loop", "", BACKENDS) {
    auto p = pipe_ends<TestType>();
    const auto one_byte = [&]() -> co::task<std::size_t> { co_return co_await p.second.write("y", 1); };
    {
        support::loop_driver<TestType> d;
        CHECK(d.run(one_byte()) == 1);
        CHECK(d.run(p.first.text(10)) == "y");
        CHECK_FALSE(p.first.registered().attached());
        CHECK_FALSE(p.second.registered().attached());
    }
    support::loop_driver<TestType> d;
    const std::size_t room = p.second.stuff();
    support::root<std::size_t> w(d.exec(), one_byte());
    d.settle();
    CHECK(!w.done());
    CHECK(p.second.registered().attached());
    CHECK_FALSE(p.first.registered().attached());
    CHECK(d.run(p.first.text(room)).size() == room);
    d.finish(w);
    CHECK(w.take() == 1);
    CHECK(d.run(p.first.text(10)) == "y");
    p.second.close();  // before its loop goes
}

// On Windows a thread of the system tells of the end, in its own time.
TEMPLATE_TEST_CASE("the end of a process is handled before pipe data of the same turn", "", BACKENDS) {
    support::loop_driver<TestType> d;
    for (int round = 0; round < 10; ++round) {
        std::vector<connected<TestType>> pipes;
        std::string order;
        std::vector<std::unique_ptr<support::root<>>> roots;
        const auto reader = [&order](endpoint<TestType>& from) -> co::task<> {
            const std::string got = co_await from.text(1);
            order += got;
        };
        for (int i = 0; i < 5; ++i) pipes.push_back(pipe_ends<TestType>());
        for (auto& p : pipes) roots.push_back(std::make_unique<support::root<>>(d.exec(), reader(p.first)));
        support::gated_child child(7);
        const auto pidfd = co::sys::pidfd_open(co::sys::process_id(child.pid()));
        REQUIRE(pidfd);
        endpoint<TestType> process(*pidfd, co::descriptor_kind::process);
        const auto waiter = [&]() -> co::task<> {
            exit_op<TestType> end(process.registered());
            const int code = co_await end;
            CHECK(code == 7);
            order += 'E';
        };
        roots.push_back(std::make_unique<support::root<>>(d.exec(), waiter()));
        d.loop().run_ready(100);
        for (auto& p : pipes) p.second.put("p");
        child.open();
        child.await_end();
        d.settle();
        CHECK(order == "Eppppp");
        for (auto& r : roots) CHECK(r->done());
    }
}

// Only these backends look at one descriptor alone.
TEMPLATE_TEST_CASE("a descriptor that is always busy does not keep a spinning loop from the others", "", BACKENDS) {
    TestType loop(co::loop_options().spin(1s));
    auto busy = pipe_ends<TestType>();
    auto calm = pipe_ends<TestType>();
    bool heard = false;
    int rounds = 0;  // while the calm one has a byte
    const auto main = [&]() -> co::task<> {
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([&]() -> co::task<> {
                const std::string got = co_await calm.first.text(10);
                CHECK(got == "c");
                heard = true;
            });
            s.spawn([&]() -> co::task<> {
                co_await busy.first.text(10);  // waits, and so the descriptor is registered
                calm.second.put("c");
                // Each read takes a look of the loop to find the byte that was written right before it.
                while (!heard && rounds < 1000) {
                    ++rounds;
                    busy.second.put("b");
                    co_await busy.first.text(10);
                }
            });
            co_await co::sleep(0ms);
            busy.second.put("b");
        });
    };
    loop.run(main());
    CHECK(heard);
    CHECK(rounds < 20);
}
