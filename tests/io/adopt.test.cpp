#include "on_loop.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {

bool nonblocking(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }

/// What a child process sees of the flags of a description that it inherited.
bool nonblocking_in_child(int fd) {
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) ::_exit(nonblocking(fd) ? 1 : 0);
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    return WEXITSTATUS(status) == 1;
}

struct blocking_pair {
    co::handle first;
    co::handle second;
};

blocking_pair blocking_pipe() {
    const auto made = co::sys::pipe();
    REQUIRE(made);
    return {co::handle(made->read), co::handle(made->write)};
}

blocking_pair blocking_sockets() {
    const auto made = co::sys::socketpair(co::sys::stream_socket, false);
    REQUIRE(made);
    return {co::handle(made->first), co::handle(made->second)};
}

co::handle copy_of(const co::handle& fd) {
    const auto made = co::sys::dup(fd.native());
    REQUIRE(made);
    return co::handle(*made);
}

/// Puts a descriptor in the place of a standard one for a while.
class replaced {
public:
    replaced(int number, int by) : number_(number), former_(::fcntl(number, F_DUPFD_CLOEXEC, 10)) {
        ::dup2(by, number);
    }
    ~replaced() {
        ::dup2(former_, number_);
        ::close(former_);
    }
    replaced(const replaced&) = delete;
    replaced& operator=(const replaced&) = delete;

private:
    int number_;
    int former_;
};

/// A stream that waits, reads, writes and is not in the way, over one end of something whose other end is `peer`.
co::task<> check_both_ways(co::stream& in, co::stream& out, int shared_in, int shared_out) {
    std::array<char, 10> b{};
    const auto bytes = std::as_writable_bytes(std::span(b));
    const auto nothing = co_await co::timeout(2ms, in.read_some(bytes));
    CHECK(nothing.timed_out());
    co_await co::write_all(out, "abc");
    const std::size_t n = co_await in.read_some(bytes);
    CHECK(std::string(b.data(), n) == "abc");
    CHECK(!nonblocking_in_child(shared_in));
    CHECK(!nonblocking_in_child(shared_out));
    // A full receiver holds up this coroutine, and not the loop.
    const std::string big(1 << 20, 'x');
    std::size_t written = 0;
    const auto full = co_await co::timeout(5ms, co::write_all(out, co::bytes_of(big), written));
    CHECK(full.timed_out());
    CHECK(written > 0);
    std::size_t got = 0;
    std::array<std::byte, 65536> sink;
    while (got < written) {
        const std::size_t some = co_await in.read_some(std::span<std::byte>(sink));
        REQUIRE(some > 0);
        got += some;
    }
    CHECK(got == written);
}

}  // namespace

TEST_CASE("a shared pipe is used without touching its flags") {
    on_loop([]() -> co::task<> {
        auto p = blocking_pipe();
        auto in = co::adopt(copy_of(p.first), co::direction::read);
        auto out = co::adopt(copy_of(p.second), co::direction::write);
        co_await check_both_ways(in, out, p.first.native(), p.second.native());
        p.second.close();
        out.close();
        const std::string rest = co_await drain(in);
        CHECK(rest.empty());
    });
}

TEST_CASE("a shared pipe that may not be opened again is asked before each transfer") {
    on_loop([]() -> co::task<> {
        auto p = blocking_pipe();
        co::sys::fault::scope plan;
        co::sys::fault::fail(co::sys::call::open, 1, EACCES);
        co::sys::fault::fail(co::sys::call::open, 2, EACCES);
        auto in = co::adopt(copy_of(p.first), co::direction::read);
        auto out = co::adopt(copy_of(p.second), co::direction::write);
        CHECK(co::sys::fault::injected(co::sys::call::open) == 2);
        co_await check_both_ways(in, out, p.first.native(), p.second.native());
        // Vectored transfers are as careful.
        const std::array<std::span<const std::byte>, 2> pieces{co::bytes_of(""), co::bytes_of("vector")};
        const std::size_t sent = co_await out.write_some(pieces);
        CHECK(sent == 6);
        std::array<char, 6> b{};
        const std::array<std::span<std::byte>, 1> into{std::as_writable_bytes(std::span(b))};
        const std::size_t got = co_await in.read_some(into);
        CHECK(got == 6);
        p.second.close();
        out.close();
        const std::string rest = co_await drain(in);
        CHECK(rest.empty());
    });
}

TEST_CASE("a shared socket is used without touching its flags") {
    on_loop([]() -> co::task<> {
        auto p = blocking_sockets();
        auto in = co::adopt(copy_of(p.first), co::direction::read);
        auto out = co::adopt(copy_of(p.second), co::direction::write);
        CHECK(in.kind() == co::stream::type::socket);
        co_await check_both_ways(in, out, p.first.native(), p.second.native());
        const std::array<std::span<const std::byte>, 1> pieces{co::bytes_of("vector")};
        const std::size_t sent = co_await out.write_some(pieces);
        CHECK(sent == 6);
        const auto who = in.peer_credentials();
        CHECK(who.pid == ::getpid());
    });
}

TEST_CASE("a shared terminal is used without touching its flags") {
    on_loop([]() -> co::task<> {
        const co::handle master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
        REQUIRE(master);
        REQUIRE(::grantpt(master.native()) == 0);
        REQUIRE(::unlockpt(master.native()) == 0);
        const co::handle slave(::open(::ptsname(master.native()), O_RDWR | O_NOCTTY | O_CLOEXEC));
        REQUIRE(slave);
        auto terminal = co::adopt(copy_of(slave), co::direction::write);
        CHECK(terminal.native() != slave.native());
        CHECK(nonblocking(terminal.native()));  // a description of its own
        CHECK(!nonblocking_in_child(slave.native()));
        // The master cannot be opened again: it would be another terminal's.
        auto other = co::adopt(copy_of(master), co::direction::read);
        CHECK(!nonblocking_in_child(master.native()));
        co_await co::write_all(terminal, "to the screen");
        std::array<char, 100> b{};
        const std::size_t n = co_await other.read_some(std::as_writable_bytes(std::span(b)));
        CHECK(std::string(b.data(), n) == "to the screen");
        auto keyboard = co::adopt(copy_of(slave), co::direction::read);
        const auto nothing = co_await co::timeout(2ms, keyboard.read_some(std::as_writable_bytes(std::span(b))));
        CHECK(nothing.timed_out());
        REQUIRE(::write(master.native(), "typed\n", 6) == 6);
        const std::size_t typed = co_await keyboard.read_some(std::as_writable_bytes(std::span(b)));
        CHECK(std::string(b.data(), typed) == "typed\n");
    });
}

TEST_CASE("a shared file keeps its position, a device is just used") {
    support::temp_dir dir;
    on_loop([&]() -> co::task<> {
        const co::handle fd(::open((dir / "log").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        REQUIRE(::write(fd.native(), "before ", 7) == 7);
        auto out = co::adopt(copy_of(fd), co::direction::write);
        co_await co::write_all(out, "between ");
        REQUIRE(::write(fd.native(), "after", 5) == 5);
        CHECK(support::read_file(dir / "log") == "before between after");

        auto null = co::adopt(co::handle(::open("/dev/null", O_RDWR | O_CLOEXEC)), co::direction::write);
        co_await co::write_all(null, std::string(1 << 20, 'x'));
        auto full = co::adopt(co::handle(::open("/dev/full", O_WRONLY | O_CLOEXEC)), co::direction::write);
        const auto failed = co_await co::attempt(co::write_all(full, "x"));
        CHECK(said(failed) == "write \"/dev/full\": No space left on device");
        CHECK_THROWS_AS(co::adopt(co::handle(), co::direction::read), co::error);
    });
}

TEST_CASE("what has a state of its own is not opened again") {
    // As for a disk, which goes on where it stands, and a tun device, which has its interface: a file shows it too.
    support::temp_dir dir;
    on_loop([&]() -> co::task<> {
        for (const auto kind : {co::sys::handle_kind::other, co::sys::handle_kind::character}) {
            support::write_file(dir / "disk", "before ");
            const co::handle fd(::open((dir / "disk").c_str(), O_RDWR | O_CLOEXEC));
            REQUIRE(::lseek(fd.native(), 7, SEEK_SET) == 7);
            auto out = co::detail::adopt_kind(copy_of(fd), kind, co::sys::open_write);
            co_await co::write_all(out, "after");
            CHECK(support::read_file(dir / "disk") == "before after");
        }
    });
}

TEST_CASE("the standard streams leave 0, 1 and 2 open and their flags alone") {
    std::fflush(nullptr);  // a child that ends under ThreadSanitizer writes out what the runner has not written yet
    auto in = blocking_pipe();
    auto out = blocking_sockets();
    on_loop([&]() -> co::task<> {
        replaced zero(0, in.first.native());
        replaced one(1, out.first.native());
        replaced two(2, out.first.native());
        {
            auto input = co::standard_input();
            auto output = co::standard_output();
            auto errors = co::standard_error();
            REQUIRE(::write(in.second.native(), "input", 5) == 5);
            std::array<char, 10> b{};
            const std::size_t n = co_await input.read_some(std::as_writable_bytes(std::span(b)));
            co_await co::write_all(output, std::string_view(b.data(), n));
            co_await co::write_all(errors, "!");
        }
        CHECK(!nonblocking_in_child(0));
        CHECK(!nonblocking_in_child(1));
        CHECK(!nonblocking_in_child(2));
        CHECK(::write(1, "", 0) == 0);
    });
    char b[20];
    CHECK(::read(out.second.native(), b, sizeof b) == 6);
    CHECK(std::string(b, 6) == "input!");
}

TEST_CASE("a full standard output does not block the loop") {
    auto out = blocking_pipe();
    on_loop([&]() -> co::task<> {
        replaced one(1, out.second.native());
        auto output = co::standard_output();
        const std::string big(1 << 20, 'x');
        const auto full = co_await co::timeout(5ms, co::write_all(output, big));
        CHECK(full.timed_out());
    });
}
