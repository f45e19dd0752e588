// What is particular to backends that report readiness, and to pairs of sockets, which Windows does not have.
#include "backends.hpp"

#include <sys/socket.h>

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
