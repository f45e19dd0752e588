#include "tools.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/async/timeout.hpp>
#include <cohort/io/pipe.hpp>
#include <cohort/io/unix_pair.hpp>
#include <cohort/wire.hpp>

#include <algorithm>
#include <atomic>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace co = cohort;

namespace {

/// Prints what is open: `0 1 2 3 `, without the descriptor that reads the list.
const support::child_role list_fds("list-fds", [](int, char**) -> int {
    std::string text;
    for (const auto& [fd, what] : support::open_fds()) text += std::to_string(fd) + ' ';
    return ::write(1, text.data(), text.size()) == ssize_t(text.size()) ? 0 : 1;
});

/// Says of each of its descriptors whether reads and writes on it wait.
const support::child_role flags_role("fd-flags", [](int, char**) -> int {
    std::string text;
    for (int fd = 0; fd < 8; ++fd) {
        const int flags = ::fcntl(fd, F_GETFL);
        if (flags >= 0) text += std::to_string(fd) + (flags & O_NONBLOCK ? "n " : "b ");
    }
    return ::write(1, text.data(), text.size()) == ssize_t(text.size()) ? 0 : 1;
});

/// Says on descriptor 5 what its standard outputs are.
const support::child_role outputs_role("name-outputs", [](int, char**) -> int {
    std::string text;
    for (const char* link : {"/proc/self/fd/1", "/proc/self/fd/2"}) {
        char name[256];
        const ssize_t length = ::readlink(link, name, sizeof name);
        text += (length < 0 ? std::string("closed") : std::string(name, std::size_t(length))) + ' ';
    }
    return ::write(5, text.data(), text.size()) == ssize_t(text.size()) ? 0 : 1;
});

/// The standard outputs are closed for a while: nothing may be said meanwhile.
class without_outputs {
public:
    without_outputs() : out_(::fcntl(1, F_DUPFD_CLOEXEC, 100)), err_(::fcntl(2, F_DUPFD_CLOEXEC, 100)) {}
    ~without_outputs() {
        ::dup2(out_, 1);
        ::dup2(err_, 2);
        ::close(out_);
        ::close(err_);
    }
    without_outputs(const without_outputs&) = delete;
    without_outputs& operator=(const without_outputs&) = delete;

    static void begin() {
        ::close(1);
        ::close(2);
    }

private:
    int out_;
    int err_;
};

class own_pipe {
public:
    own_pipe() {
        const auto made = co::sys::pipe();
        REQUIRE(made);
        reader = co::handle(made->read);
        writer = co::handle(made->write);
    }
    co::handle reader;
    co::handle writer;
};

}  // namespace

TEST_CASE("a FIFO as a file does not hold the loop, and is blocking for the child") {
    const support::temp_dir dir;
    const std::string path = dir / "fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    on_loop([&]() -> co::task<> {
        auto nobody = co_await co::attempt(co::command("true").out(co::to_file(path)).spawn());
        CHECK(nobody.message() == "spawn \"true\" (stdout \"" + path + "\": a FIFO without a reader, or no device): "
                                  "No such device or address");

        // Without a writer: the child is there at once and finds an empty input.
        auto empty = co_await co::command("cat").in(co::from_file(path)).output();
        CHECK(empty.out().empty());

        co::handle both(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
        REQUIRE(both.native() >= 0);
        co::child writer = co_await co::command("printf", "through").out(co::to_file(path)).spawn();
        co_await writer.wait();
        auto read = co_await co::command("head", "-c", "7").in(co::from_file(path)).output();
        CHECK(read.out() == "through");
        auto flags = co_await self_command("fd-flags").in(co::from_file(path)).fd(4, co::to_file(path)).output();
        CHECK(flags.out() == "0b 1b 2b 4b ");
    });
}

TEST_CASE("a stream that is handed over becomes blocking, a copy stays as it is") {
    on_loop([]() -> co::task<> {
        const auto made = co::sys::socketpair();
        REQUIRE(made);
        co::stream near(co::handle{made->first}, co::stream::type::socket);
        co::stream far(co::handle{made->second}, co::stream::type::socket);
        auto shared = co_await self_command("fd-flags").in(far).output();
        CHECK(shared.out() == "0n 1b 2b ");
        co::command handed = self_command("fd-flags").in(std::move(far));
        auto moved = co_await handed.output();
        CHECK(moved.out() == "0b 1b 2b ");
        CHECK(!far);
        CHECK((::fcntl(near.native(), F_GETFL) & O_NONBLOCK) != 0);
    });
}

TEST_CASE("a received stream whose description others use is not made blocking") {
    on_loop([]() -> co::task<> {
        co::stream_pair both = co::unix_pair();
        co::channel_to<co::stream, int> sender(std::move(both.first()));
        co::channel_to<int, co::stream> receiver(std::move(both.second()));
        co::pipe_pair mine = co::make_pipe();
        CHECK(mine.reader().owns_description());
        co_await sender.send(mine.reader());  // a copy: the description is shared
        auto received = co_await receiver.receive();
        REQUIRE(received);
        CHECK(!received->owns_description());
        const int number = received->native();
        std::string why;
        try {
            co::slot refused(std::move(*received));
        } catch (const co::error& e) {
            why = e.what();
        }
        CHECK(why == "hand over \"a non-blocking stream that another process uses as well\": Operation not permitted");
        CHECK(received->native() == number);
        CHECK((::fcntl(mine.reader().native(), F_GETFL) & O_NONBLOCK) != 0);
        co::command copy = self_command("fd-flags").in(*received);
        auto flags = co_await copy.output();
        CHECK(flags.out() == "0n 1b 2b ");
    });
}

TEST_CASE("a child's pipes are blocking on its side") {
    on_loop([]() -> co::task<> {
        auto flags = co_await self_command("fd-flags").in(co::pipe).fd(4, co::pipe).output();
        CHECK(flags.out() == "0b 1b 2b 4b ");
    });
}

TEST_CASE("any permutation of descriptors comes out right where the sources have the numbers of others") {
    on_loop([]() -> co::task<> {
        // The sources have the very numbers that others are to get.
        std::vector<own_pipe> pipes(4);
        int order[] = {0, 1, 2, 3};
        do {
            co::command c("sh", "-c", "for i in 0 1 2 3; do eval \"echo $i >&$((i + 4))\"; done");
            std::vector<co::handle> held;
            for (int i = 0; i < 4; ++i) {
                held.emplace_back(::fcntl(pipes[std::size_t(order[i])].writer.native(), F_DUPFD_CLOEXEC, 4));
                c.fd(4 + i, std::move(held.back()));
            }
            c.in(co::null);
            co::child started = co_await c.spawn();
            const co::exit_status status = co_await started.wait();
            REQUIRE(status.ok());
            for (int i = 0; i < 4; ++i) {
                char bytes[8] = {};
                REQUIRE(::read(pipes[std::size_t(order[i])].reader.native(), bytes, sizeof bytes) == 2);
                REQUIRE(bytes[0] == '0' + i);
            }
        } while (std::next_permutation(order, order + 4));
    });
}

TEST_CASE("a closed standard descriptor is inherited as /dev/null") {
    const int saved = ::fcntl(0, F_DUPFD_CLOEXEC, 100);
    ::close(0);
    on_loop([]() -> co::task<> {
        auto listed = co_await self_command("list-fds").in(co::inherit).output();
        CHECK(listed.out() == "0 1 2 ");
    });
    if (saved >= 0) {
        ::dup2(saved, 0);
        ::close(saved);
    }
}

TEST_CASE("what has taken the number of a closed standard descriptor is not inherited") {
    for (const bool before_the_loop : {true, false}) {
        std::string first_outputs;
        std::string second_outputs;
        bool first_ended = false;
        {
            const without_outputs closed;
            if (before_the_loop) closed.begin();  // the loop's own descriptors take the numbers
            on_loop([&]() -> co::task<> {
                if (!before_the_loop) closed.begin();  // the pipes of children do
                co::child first = co_await self_command("name-outputs").in(co::pipe).fd(5, co::pipe).spawn();
                first_outputs = co_await read_all(first.fd(5));
                co::child reader = co_await co::command("cat").in(co::pipe).spawn();
                // Nor does a child hold the pipe of another.
                co::child second = co_await self_command("name-outputs").in(co::null).fd(5, co::pipe).spawn();
                second_outputs = co_await read_all(second.fd(5));
                co::child lasting = co_await co::command("cat").in(co::pipe).spawn();
                reader.in().close();
                const co::exit_status ended = co_await reader.wait();
                first_ended = ended.ok();
                lasting.in().close();
                co_await lasting.wait();
            });
        }
        INFO("before the loop: " << before_the_loop);
        CHECK(first_outputs == "/dev/null /dev/null ");
        CHECK(second_outputs == "/dev/null /dev/null ");
        CHECK(first_ended);
    }
}

TEST_CASE("a further descriptor that is not open is inherited as /dev/null, not as the child's own pipe") {
    on_loop([]() -> co::task<> {
        // The number that the next descriptor gets, and those after it.
        const int next = ::fcntl(0, F_DUPFD_CLOEXEC, 3);
        ::close(next);
        co::command reader("cat");
        reader.in(co::pipe).out(co::pipe);
        for (int number = next; number < next + 4; ++number) reader.fd(number, co::inherit);
        co::child child = co_await reader.spawn();
        child.in().close();
        // It ends only if it holds no end of its own input for writing.
        auto ended = co_await co::attempt(co::timeout(std::chrono::seconds(30), child.wait()));
        CHECK((ended && !ended->timed_out()));
        child.kill(SIGKILL);
    });
}

TEST_CASE("a child gets exactly the descriptors of its command, whatever other threads open meanwhile") {
    std::atomic<bool> done{false};
    std::vector<std::thread> openers;
    for (int t = 0; t < 8; ++t) {
        openers.emplace_back([&] {
            // Without close-on-exec, as a careless library does it.
            while (!done) {
                int ends[2];
                if (::pipe(ends) != 0) continue;
                const int file = ::open("/dev/null", O_RDONLY);
                ::close(ends[0]);
                ::close(ends[1]);
                ::close(file);
            }
        });
    }
    on_loop([]() -> co::task<> {
        for (int i = 0; i < 60; ++i) {
            co::command c = self_command("list-fds");
            if (i % 2) c.fd(7, co::null);
            auto listed = co_await c.output();
            REQUIRE(listed.out() == (i % 2 ? "0 1 2 7 " : "0 1 2 "));
        }
    });
    done = true;
    for (std::thread& one : openers) one.join();
}
