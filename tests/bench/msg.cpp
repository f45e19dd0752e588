// Messages between two processes, beside the same work in plain system calls: ping-pong (W1: both cores free, W1p: pinned to one
// core), one way in 100-byte messages (W2) and in 64 KiB messages (W2b). Heap allocations per message are counted.
//
//     msg [W1] [W1p] [W2] [W2b]
#include "bench.hpp"
#include "socket_pair.hpp"

#include <cohort/wire.hpp>

#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace co = cohort;
using namespace std::chrono_literals;

static std::size_t allocations = 0;
void* operator new(std::size_t size) {
    ++allocations;
    if (void* p = std::malloc(size)) return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
#if !defined(__clang__)
#    pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

// Exactly 100 bytes: what a small request between a parent and a worker looks like.
constexpr std::string_view text =
    R"({"type":"request","id":1234567,"method":"resize","ok":true,"args":["img/0001.png",640,480],"t":12.5})";
static_assert(text.size() == 100);

struct request {
    std::string type;
    int id;
    std::string method;
    bool ok;
    std::tuple<std::string, int, int> args;
    double t;
};

request sample() { return co::json::read<request>(text); }

using plain_channel = co::channel<co::stream, co::framing::length_prefix<>, co::codec::bytes>;
using typed_channel = co::channel_to<request, request>;

struct frame {
    std::uint32_t size;
    char bytes[100];
};

bool read_all(int fd, void* to, std::size_t n) {
    for (char* p = static_cast<char*>(to); n > 0;) {
        const ssize_t k = ::read(fd, p, n);
        if (k <= 0) return false;
        p += k;
        n -= static_cast<std::size_t>(k);
    }
    return true;
}
bool write_all(int fd, const void* from, std::size_t n) {
    for (const char* p = static_cast<const char*>(from); n > 0;) {
        const ssize_t k = ::write(fd, p, n);
        if (k <= 0) return false;
        p += k;
        n -= static_cast<std::size_t>(k);
    }
    return true;
}

co::stream socket_stream(int fd) { return co::stream(co::handle(fd), co::stream::type::socket); }

double per_message = 0;  // allocations, of the measurement made last

// --- W1 ------------------------------------------------------------------------------------------------------------------

template <class F>
double rate(F once) {
    for (int i = 0; i < 500; ++i) once();
    const double start = bench::now(), length = bench::budget();
    long n = 0;
    double t;
    do {
        for (int i = 0; i < 64; ++i) once();
        n += 64;
        t = bench::now();
    } while (t - start < length);
    return static_cast<double>(n) / (t - start);
}

double raw_ping_pong(bool pinned) {
    return bench::pair(
        pinned, 0,
        [](int fd) {
            frame f;
            while (read_all(fd, &f, sizeof f) && write_all(fd, &f, sizeof f)) {}
        },
        [](int fd) {
            frame f{100, {}}, g;
            std::memcpy(f.bytes, text.data(), 100);
            const double value = rate([&] {
                write_all(fd, &f, sizeof f);
                read_all(fd, &g, sizeof g);
            });
            close(fd);
            return value;
        });
}

co::task<> echo_plain(int fd) {
    plain_channel channel(socket_stream(fd));
    std::string_view message;
    while (co_await channel.receive_into(message)) co_await channel.send(message);
}

co::task<> echo_typed(int fd) {
    typed_channel channel(socket_stream(fd));
    request message;
    while (co_await channel.receive_into(message)) co_await channel.send(message);
}

template <class Channel, class Message>
co::task<double> ask(Channel& channel, const Message& question, Message& answer) {
    for (int i = 0; i < 500; ++i) {
        co_await channel.send(question);
        co_await channel.receive_into(answer);
    }
    const std::size_t before = allocations;
    const double start = bench::now(), length = bench::budget();
    long n = 0;
    double t;
    do {
        for (int i = 0; i < 64; ++i) {
            co_await channel.send(question);
            co_await channel.receive_into(answer);
        }
        n += 64;
        t = bench::now();
    } while (t - start < length);
    per_message = static_cast<double>(allocations - before) / static_cast<double>(n);
    co_return static_cast<double>(n) / (t - start);
}

co::task<double> ask_plain(int fd) {
    plain_channel channel(socket_stream(fd));
    std::string_view answer;
    co_return co_await ask(channel, text, answer);
}

co::task<double> ask_typed(int fd) {
    typed_channel channel(socket_stream(fd));
    request question = sample(), answer;
    co_return co_await ask(channel, question, answer);
}

template <class T>
T run(co::task<T> main, std::chrono::nanoseconds spin) {
    co::loop loop(co::loop_options().spin(spin));
    return loop.run(std::move(main));
}

double ping_pong(bool pinned, bool typed, std::chrono::nanoseconds spin) {
    return bench::pair(
        pinned, SOCK_NONBLOCK, [&](int fd) { run(typed ? echo_typed(fd) : echo_plain(fd), spin); },
        [&](int fd) { return run(typed ? ask_typed(fd) : ask_plain(fd), spin); });
}

// --- W2: an empty frame ends the stream; the child answers with its count ---------------------------------------------------

double raw_one_way() {
    return bench::pair(
        false, 0,
        [](int fd) {
            static char b[256 << 10];
            std::size_t have = 0;
            std::uint64_t n = 0;
            for (;;) {
                const ssize_t k = read(fd, b + have, sizeof b - have);
                if (k <= 0) return;
                have += static_cast<std::size_t>(k);
                std::size_t at = 0;
                std::uint32_t size;
                while (have - at >= 4) {
                    std::memcpy(&size, b + at, 4);
                    if (size == 0) {
                        write_all(fd, &n, 8);
                        return;
                    }
                    if (have - at < 4 + size) break;
                    at += 4 + size;
                    ++n;
                }
                std::memmove(b, b + at, have -= at);
            }
        },
        [](int fd) {
            frame f{100, {}};
            std::memcpy(f.bytes, text.data(), 100);
            std::vector<frame> batch(630, f);
            const double start = bench::now(), length = bench::budget();
            unsigned i = 0;
            while ((i++ & 15) || bench::now() - start < length) {
                for (frame& each : batch) {
                    f.bytes[20] = static_cast<char>(i);
                    each = f;
                }
                write_all(fd, batch.data(), batch.size() * sizeof f);
            }
            const std::uint32_t zero = 0;
            std::uint64_t n = 0;
            write_all(fd, &zero, 4);
            read_all(fd, &n, 8);
            const double value = static_cast<double>(n) / (bench::now() - start);
            close(fd);
            return value;
        });
}

co::task<> count_plain(int fd) {
    plain_channel channel(socket_stream(fd));
    std::uint64_t n = 0;
    std::string_view message;
    while (co_await channel.receive_into(message)) {
        if (message.empty()) break;
        ++n;
    }
    co_await channel.send(std::string_view(reinterpret_cast<const char*>(&n), sizeof n));
    co_await channel.flush();
}

co::task<> count_typed(int fd) {
    typed_channel channel(socket_stream(fd));
    int n = 0;
    request message;
    while (co_await channel.receive_into(message)) {
        if (message.type.empty()) break;
        ++n;
    }
    message.id = n;
    co_await channel.send(message);
    co_await channel.flush();
}

co::task<double> stream_plain(int fd) {
    plain_channel channel(socket_stream(fd));
    char bytes[100];
    std::memcpy(bytes, text.data(), 100);
    const double start = bench::now(), length = bench::budget();
    const std::size_t before = allocations;
    unsigned i = 0;
    while ((i++ & 15) || bench::now() - start < length) {
        for (int k = 0; k < 630; ++k) {
            bytes[20] = static_cast<char>(i);
            co_await channel.send(std::string_view(bytes, sizeof bytes));
        }
    }
    per_message = static_cast<double>(allocations - before) / (630.0 * i);
    co_await channel.send(std::string_view());
    std::string_view answer;
    co_await channel.receive_into(answer);
    std::uint64_t n;
    std::memcpy(&n, answer.data(), 8);
    co_return static_cast<double>(n) / (bench::now() - start);
}

co::task<double> stream_typed(int fd) {
    typed_channel channel(socket_stream(fd));
    request message = sample();
    const double start = bench::now(), length = bench::budget();
    const std::size_t before = allocations;
    unsigned i = 0;
    while ((i++ & 15) || bench::now() - start < length) {
        for (int k = 0; k < 630; ++k) {
            message.id = static_cast<int>(i);
            co_await channel.send(message);
        }
    }
    per_message = static_cast<double>(allocations - before) / (630.0 * i);
    message.type.clear();
    co_await channel.send(message);
    request answer;
    co_await channel.receive_into(answer);
    co_return static_cast<double>(answer.id) / (bench::now() - start);
}

double one_way(bool typed) {
    return bench::pair(
        false, SOCK_NONBLOCK, [&](int fd) { run(typed ? count_typed(fd) : count_plain(fd), 0ns); },
        [&](int fd) { return run(typed ? stream_typed(fd) : stream_plain(fd), 0ns); });
}

// --- W2b -------------------------------------------------------------------------------------------------------------------

constexpr std::size_t large = 64 << 10;

double raw_large() {
    return bench::pair(
        false, 0,
        [](int fd) {
            static char b[large];
            std::uint64_t n = 0;
            std::uint32_t size;
            while (read_all(fd, &size, 4) && size && read_all(fd, b, size)) ++n;
            write_all(fd, &n, 8);
        },
        [](int fd) {
            std::string f(4 + large, 'x');
            const std::uint32_t size = large, zero = 0;
            std::memcpy(f.data(), &size, 4);
            const double start = bench::now(), length = bench::budget();
            while (bench::now() - start < length) write_all(fd, f.data(), f.size());
            std::uint64_t n = 0;
            write_all(fd, &zero, 4);
            read_all(fd, &n, 8);
            const double value = static_cast<double>(n * large) / (bench::now() - start) / 1e6;
            close(fd);
            return value;
        });
}

co::task<double> stream_large(int fd) {
    plain_channel channel(socket_stream(fd));
    const std::string message(large, 'x');
    const double start = bench::now(), length = bench::budget();
    const std::size_t before = allocations;
    long sent = 0;
    for (; bench::now() - start < length; ++sent) co_await channel.send(message);
    per_message = static_cast<double>(allocations - before) / static_cast<double>(sent);
    co_await channel.send(std::string_view());
    std::string_view answer;
    co_await channel.receive_into(answer);
    std::uint64_t n;
    std::memcpy(&n, answer.data(), 8);
    co_return static_cast<double>(n * large) / (bench::now() - start) / 1e6;
}

double channel_large() {
    return bench::pair(
        false, SOCK_NONBLOCK, [](int fd) { run(count_plain(fd), 0ns); }, [](int fd) { return run(stream_large(fd), 0ns); });
}

/// Of the run with the most.
void print_allocations(const char* workload, const char* name) { bench::line(workload, name, per_message, "allocations/message"); }

bool wanted(int argc, char** argv, std::string_view name) {
    for (int i = 1; i < argc; ++i)
        if (name == argv[i]) return true;
    return argc < 2;
}

}  // namespace

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN);
    if (wanted(argc, argv, "W1p")) {
        bench::compare("W1p", "rt/s",
                       {{"raw-blocking", [] { return raw_ping_pong(true); }},
                        {"plain", [] { return ping_pong(true, false, 0ns); }},
                        {"json", [] { return ping_pong(true, true, 0ns); }},
                        {"plain-spin50", [] { return ping_pong(true, false, 50us); }}});
        ping_pong(true, false, 0ns);
        print_allocations("W1p", "plain");
        ping_pong(true, true, 0ns);
        print_allocations("W1p", "json");
    }
    if (wanted(argc, argv, "W1")) {
        bench::compare("W1", "rt/s",
                       {{"raw-blocking", [] { return raw_ping_pong(false); }},
                        {"plain", [] { return ping_pong(false, false, 0ns); }},
                        {"plain-spin50", [] { return ping_pong(false, false, 50us); }},
                        {"json-spin50", [] { return ping_pong(false, true, 50us); }}});
    }
    if (wanted(argc, argv, "W2")) {
        bench::compare("W2", "msg/s",
                       {{"raw-batch64k", [] { return raw_one_way(); }},
                        {"plain", [] { return one_way(false); }},
                        {"json", [] { return one_way(true); }}});
        one_way(false);
        print_allocations("W2", "plain");
        one_way(true);
        print_allocations("W2", "json");
    }
    if (wanted(argc, argv, "W2b")) {
        bench::compare("W2b", "MB/s", {{"raw-sock", [] { return raw_large(); }}, {"plain", [] { return channel_large(); }}});
        channel_large();
        print_allocations("W2b", "plain");
    }
}
