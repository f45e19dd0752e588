// The kqueue backend over a kernel that does, on command, what the real ones do now and then.
#include "kqueue/scripted.hpp"
#include "support/test.hpp"

#include <cohort/reactor/kqueue.hpp>
#include <cohort/sys/fault.hpp>
#include <cohort/sys/pidfd.hpp>
#include <cohort/sys/signal.hpp>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace co = cohort;
namespace sys = cohort::sys;

namespace {

/// A read that says whether it has completed, and how often it was attempted.
class reader : public co::read_request {
public:
    reader() : co::read_request(&reader::done, nullptr, 0) { set(bytes_, sizeof bytes_); }
    sys::outcome<std::size_t> attempt(int fd) noexcept {
        ++attempts;
        return co::read_request::attempt(fd);
    }
    /// As a read that the kernel ended at a message with descriptors.
    bool ended_early() const noexcept { return early; }
    std::string text() const { return std::string(bytes_, result.value_or(0)); }

    bool completed = false;
    bool early = false;
    int attempts = 0;
    std::vector<reader*>* order = nullptr;

private:
    static void done(co::io_request& r) noexcept {
        auto& self = static_cast<reader&>(r);
        self.completed = true;
        if (self.order) self.order->push_back(&self);
    }
    char bytes_[4];
};

/// A pipe whose reading end is in the backend.
class source {
public:
    explicit source(co::kqueue_backend& in, co::descriptor_kind kind = co::descriptor_kind::stream) : in_(in) {
        const auto made = sys::pipe(true, true);
        REQUIRE(made);
        fd = made->read;
        far = made->write;
        record = &in.open(fd, kind);
    }
    ~source() {
        if (record) in_.close(*record);
        for (const int each : {fd, far})
            if (each >= 0) ::close(each);
    }
    source(const source&) = delete;
    source& operator=(const source&) = delete;

    bool submit(reader& r) { return in_.submit(*record, r); }
    void put(const char* text) { REQUIRE(sys::write(far, text, std::char_traits<char>::length(text))); }
    void hang_up() {
        ::close(far);
        far = -1;
    }

    int fd;
    int far;
    co::kqueue_backend::descriptor* record;

private:
    co::kqueue_backend& in_;
};

unsigned action(const struct kevent& change) { return change.flags & (EV_ADD | EV_DELETE | EV_CLEAR); }

}  // namespace

TEST_CASE("a registration is an edge, answered one by one, and made once") {
    script::kernel k;
    co::kqueue_backend backend;
    CHECK(k.changed().size() == 1);  // the wake-up
    source s(backend);
    reader first;
    REQUIRE_FALSE(s.submit(first));
    const auto asked = k.changed();
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].ident == static_cast<std::uintptr_t>(s.fd));
    CHECK(asked[0].filter == EVFILT_READ);
    CHECK(action(asked[0]) == (EV_ADD | EV_CLEAR));
    CHECK((asked[0].flags & EV_RECEIPT) != 0);
    s.put("a");
    k.gives({script::report(k, s.fd, EVFILT_READ, 0, 1)});
    CHECK(backend.wait(0) == 1);
    CHECK(first.text() == "a");
    reader second;
    REQUIRE_FALSE(s.submit(second));
    CHECK(k.changed().empty());
    CHECK(backend.withdraw(*s.record, second));
}

TEST_CASE("a hang-up is reported once while data is left") {
    script::kernel k;
    co::kqueue_backend backend;
    source s(backend);
    reader first, second, end;
    REQUIRE_FALSE(s.submit(first));
    s.put("abcdef");
    s.hang_up();
    k.gives({script::report(k, s.fd, EVFILT_READ, EV_EOF, 6, ECONNRESET)});
    CHECK(backend.wait(0) == 1);
    CHECK(first.text() == "abcd");
    // Shorter than asked for, and yet nothing more will be reported.
    REQUIRE(s.submit(second));
    CHECK(second.text() == "ef");
    REQUIRE(s.submit(end));
    CHECK(end.result);
    CHECK(end.text().empty());
}

TEST_CASE("a report with an error makes those who wait look for themselves") {
    script::kernel k;
    co::kqueue_backend backend;
    source s(backend);
    reader r;
    REQUIRE_FALSE(s.submit(r));
    k.gives({script::report(k, s.fd, EVFILT_READ, EV_ERROR, EBADF)});
    CHECK(backend.wait(0) == 0);  // there was nothing: it waits on
    CHECK(r.attempts == 2);
    s.put("x");
    k.gives({script::report(k, s.fd, EVFILT_READ, EV_ERROR, EIO)});
    CHECK(backend.wait(0) == 1);
    CHECK(r.text() == "x");
}

TEST_CASE("a registration that is refused fails the request alone, and is tried again") {
    script::kernel k;
    co::kqueue_backend backend;
    source s(backend);
    k.refuses(EVFILT_READ, ENOMEM);
    reader first;
    REQUIRE(s.submit(first));
    CHECK(first.result.error() == ENOMEM);
    CHECK_FALSE(first.completed);  // told by the return value
    static_cast<void>(k.changed());
    reader second;
    REQUIRE_FALSE(s.submit(second));
    const auto asked = k.changed();
    REQUIRE(asked.size() == 1);
    CHECK(action(asked[0]) == (EV_ADD | EV_CLEAR));
    s.put("y");
    k.gives({script::report(k, s.fd, EVFILT_READ, 0, 1)});
    CHECK(backend.wait(0) == 1);
    CHECK(second.text() == "y");
}

TEST_CASE("writing is watched as long as a write is blocked") {
    script::kernel k;
    co::kqueue_backend backend;
    const auto made = sys::pipe(true, true);
    REQUIRE(made);
    auto& record = backend.open(made->write, co::descriptor_kind::stream);
    const std::string block(65536, 'x');
    while (sys::write(made->write, block.data(), block.size())) {}
    bool completed = false;
    struct write : co::write_request {
        bool* told;
        write(bool* t, const char* from) : co::write_request(&write::done, from, 1, false), told(t) {}
        static void done(co::io_request& r) noexcept { *static_cast<write&>(r).told = true; }
    } w(&completed, block.data());
    static_cast<void>(k.changed());
    REQUIRE_FALSE(backend.submit(record, w));
    auto asked = k.changed();
    REQUIRE(asked.size() == 2);  // a hang-up of the reader shows in either
    CHECK(asked[1].filter == EVFILT_WRITE);
    CHECK(action(asked[1]) == (EV_ADD | EV_CLEAR));
    SECTION("until there is room") {
        std::string sink(1 << 20, '\0');
        REQUIRE(sys::read(made->read, sink.data(), sink.size()));
        k.gives({script::report(k, made->write, EVFILT_WRITE, 0, 65536)});
        CHECK(backend.wait(0) == 1);
        CHECK(w.result);
    }
    SECTION("until nobody reads") {
        const sys::signal_blocked blocked(sys::sigpipe);
        ::close(made->read);
        k.gives({script::report(k, made->write, EVFILT_WRITE, EV_EOF, 0)});
        CHECK(backend.wait(0) == 1);
        CHECK(w.result.error() == EPIPE);
    }
    CHECK(completed);
    asked = k.changed();
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].filter == EVFILT_WRITE);
    CHECK(action(asked[0]) == EV_DELETE);
    backend.close(record);
    if (w.result) ::close(made->read);
    ::close(made->write);
}

TEST_CASE("reports for a number that has been closed and used again reach nobody") {
    script::kernel k;
    co::kqueue_backend backend;
    source old(backend);
    reader waiting;
    REQUIRE_FALSE(old.submit(waiting));
    const struct kevent late = script::report(k, old.fd, EVFILT_READ, 0, 1);
    SECTION("closed by its owner") {}
    SECTION("closed by somebody else first, which removes the registration without a word") {
        k.registered.clear();
    }
    const int number = old.fd;
    backend.close(*old.record);
    old.record = nullptr;
    CHECK(waiting.result.error() == ECANCELED);
    ::close(old.fd);
    old.fd = -1;
    source young(backend);
    REQUIRE(young.fd == number);
    reader next;
    REQUIRE_FALSE(young.submit(next));
    young.put("new");
    k.gives({late});
    CHECK(backend.wait(0) == 0);
    CHECK(next.attempts == 1);
    k.gives({script::report(k, young.fd, EVFILT_READ, 0, 3)});
    CHECK(backend.wait(0) == 1);
    CHECK(next.text() == "new");
}

TEST_CASE("a signal interrupts calls whose changes have been made") {
    script::kernel k;
    co::kqueue_backend backend;
    source s(backend);
    static_cast<void>(k.changed());
    reader r;
    k.interruptions = 2;
    REQUIRE_FALSE(s.submit(r));
    CHECK(k.changed().size() == 3);  // made again until they are answered
    k.fails(EINTR);
    CHECK(backend.wait(-1) == 0);
    CHECK(k.endless_waits == 0);
    s.put("z");
    k.gives({script::report(k, s.fd, EVFILT_READ, 0, 1)});
    CHECK(backend.wait(0) == 1);
    k.interruptions = 1;
    backend.close(*s.record);  // the second time both are ENOENT
    s.record = nullptr;
    CHECK(k.changed().size() == 4);
    k.fails(ENOMEM);
    CHECK_THROWS_AS(backend.wait(0), co::error);
}

TEST_CASE("a wake-up without a reason leaves those who wait where they are") {
    script::kernel k;
    co::kqueue_backend backend;
    source s(backend);
    reader r;
    REQUIRE_FALSE(s.submit(r));
    for (int i = 0; i < 3; ++i) {
        k.gives({script::report(k, s.fd, EVFILT_READ, 0, 0)});
        CHECK(backend.wait(0) == 0);
    }
    CHECK(backend.wait(0) == 0);
    CHECK_FALSE(r.completed);
    backend.wake();
    k.gives({script::report(k, 0, EVFILT_USER, 0, 0)});
    CHECK(backend.wait(-1) == 0);
    s.put("w");
    k.gives({script::report(k, s.fd, EVFILT_READ, 0, 1)});
    CHECK(backend.wait(0) == 1);
}

TEST_CASE("more is ready than the list of reports holds") {
    constexpr std::size_t many = 200;
    script::kernel k;
    co::kqueue_backend backend;
    std::vector<std::unique_ptr<source>> sources;
    std::vector<std::unique_ptr<reader>> reads;
    std::vector<struct kevent> reports;
    for (std::size_t i = 0; i < many; ++i) {
        sources.push_back(std::make_unique<source>(backend));
        reads.push_back(std::make_unique<reader>());
        REQUIRE_FALSE(sources.back()->submit(*reads.back()));
        sources.back()->put("r");
        reports.push_back(script::report(k, sources.back()->fd, EVFILT_READ, 0, 1));
    }
    k.gives(reports);
    const std::size_t first = backend.wait(0);
    CHECK(first == static_cast<std::size_t>(k.room));
    CHECK(first < many);
    CHECK(backend.wait(0) == many - first);
    for (const auto& each : reads) CHECK(each->text() == "r");
}

TEST_CASE("processes are handled before what stands in front of them") {
    script::kernel k;
    co::kqueue_backend backend;
    std::vector<reader*> order;
    source pipe(backend), process(backend, co::descriptor_kind::process);
    reader from_pipe, end;
    from_pipe.order = end.order = &order;
    REQUIRE_FALSE(pipe.submit(from_pipe));
    REQUIRE_FALSE(process.submit(end));
    pipe.put("p");
    process.put("e");
    k.gives({script::report(k, pipe.fd, EVFILT_READ, 0, 1), script::report(k, process.fd, EVFILT_READ, 0, 1)});
    CHECK(backend.wait(0) == 2);
    CHECK(order == std::vector<reader*>{&end, &from_pipe});
}

TEST_CASE("a reader that may come short is watched by levels: the registration is made anew") {
    script::kernel k;
    co::kqueue_backend backend;
    source s(backend);
    reader first, second;
    first.early = true;
    REQUIRE_FALSE(s.submit(first));
    s.put("1");
    k.gives({script::report(k, s.fd, EVFILT_READ, 0, 1)});
    CHECK(backend.wait(0) == 1);
    static_cast<void>(k.changed());
    SECTION("and back when nobody reads") {
        REQUIRE_FALSE(s.submit(second));
        auto asked = k.changed();
        REQUIRE(asked.size() == 2);
        CHECK(action(asked[0]) == EV_DELETE);
        CHECK(action(asked[1]) == EV_ADD);
        CHECK(backend.withdraw(*s.record, second));
        k.gives({script::report(k, s.fd, EVFILT_READ, 0, 1)});
        CHECK(backend.wait(0) == 0);
        asked = k.changed();
        REQUIRE(asked.size() == 2);
        CHECK(action(asked[0]) == EV_DELETE);
        CHECK(action(asked[1]) == (EV_ADD | EV_CLEAR));
    }
    SECTION("which may fail, and is made up for by the next read") {
        k.refuses(EVFILT_READ, ENOMEM);
        REQUIRE(s.submit(second));
        CHECK(second.result.error() == ENOMEM);
        CHECK(k.registered.count({static_cast<std::uintptr_t>(s.fd), EVFILT_READ}) == 0);
        static_cast<void>(k.changed());
        reader third;
        REQUIRE_FALSE(s.submit(third));
        const auto asked = k.changed();
        REQUIRE_FALSE(asked.empty());
        CHECK(action(asked.back()) == EV_ADD);
        CHECK(asked.back().filter == EVFILT_READ);
        s.put("3");
        k.gives({script::report(k, s.fd, EVFILT_READ, 0, 1)});
        CHECK(backend.wait(0) == 1);
        CHECK(third.text() == "3");
    }
}

TEST_CASE("a process that has ended before it is watched is not lost") {
    script::kernel k;
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(3);
    REQUIRE(pid > 0);
    siginfo_t info;
    REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
    k.refuses(EVFILT_PROC, ESRCH);  // what macOS says of one that nobody has waited for
    const auto fd = sys::pidfd_open(pid);
    REQUIRE(fd);
    const auto asked = k.changed();
    REQUIRE(asked.size() == 3);
    CHECK(asked[0].filter == EVFILT_PROC);
    CHECK(asked[0].ident == static_cast<std::uintptr_t>(pid));
    // The queue is made readable by hand.
    CHECK(asked[1].filter == EVFILT_USER);
    CHECK(asked[2].filter == EVFILT_USER);
    CHECK((asked[2].fflags & NOTE_TRIGGER) != 0);
    const auto end = sys::wait_pidfd(*fd, true);
    REQUIRE(end);
    CHECK(end->value == 3);
    CHECK(sys::wait_pidfd(*fd, true).error() == ECHILD);
    k.gives({script::report(k, 1, EVFILT_USER)});
    CHECK(sys::pidfd_exit_info(*fd).error() == ESRCH);  // that was told to nobody
    ::close(*fd);
    k.refuses(EVFILT_PROC, ESRCH);
    CHECK(sys::pidfd_open(pid).error() == ESRCH);  // waited for: there is no such process
}

TEST_CASE("the end of a process that is not a child is seen without its status") {
    script::kernel k;
    k.refuses(EVFILT_PROC, EACCES);  // what macOS says to NOTE_EXITSTATUS then
    const auto fd = sys::pidfd_open(::getppid());
    REQUIRE(fd);
    const auto asked = k.changed();
    REQUIRE(asked.size() == 2);
    CHECK((asked[0].fflags & NOTE_EXITSTATUS) != 0);
    CHECK(asked[1].fflags == NOTE_EXIT);
    CHECK(sys::pidfd_exit_info(*fd).error() == EAGAIN);
    k.gives({script::report(k, ::getppid(), EVFILT_PROC, EV_EOF | EV_ONESHOT, 0, NOTE_EXIT)});
    CHECK(sys::pidfd_exit_info(*fd).error() == ESRCH);
    ::close(*fd);
}

TEST_CASE("a status that another wait took is told by the queue, as often as it is asked") {
    script::kernel k;
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(0);
    REQUIRE(pid > 0);
    const auto fd = sys::pidfd_open(pid);
    REQUIRE(fd);
    REQUIRE(::waitpid(pid, nullptr, 0) == pid);  // the thief
    CHECK(sys::wait_pidfd(*fd, true).error() == ECHILD);
    static_cast<void>(k.changed());
    k.gives({script::report(k, pid, EVFILT_PROC, EV_EOF | EV_ONESHOT, 7 << 8, NOTE_EXIT | NOTE_EXITSTATUS)});
    for (int i = 0; i < 3; ++i) {
        const auto end = sys::pidfd_exit_info(*fd);
        REQUIRE(end);
        CHECK(end->kind == sys::exit_kind::exited);
        CHECK(end->value == 7);
        CHECK(k.changed().size() == (i == 0 ? 2 : 0));
        k.gives({script::report(k, 1, EVFILT_USER)});  // which was triggered, and is not cleared
    }
    ::close(*fd);
}
