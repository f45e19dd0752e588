// A descriptor there and back between two processes pinned to one core (W4p), beside plain sendmsg and recvmsg: a message of 104
// bytes with one descriptor; each side closes what it no longer needs.
#include "bench.hpp"
#include "socket_pair.hpp"

#include <cohort/wire.hpp>

#include <cstring>
#include <new>
#include <string_view>

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace co = cohort;

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

using fd_channel = co::channel<co::stream, co::framing::length_prefix<>, co::codec::bytes>;

double per_message = 0;

// --- plain system calls ----------------------------------------------------------------------------------------------------

constexpr std::size_t message_size = 104;

bool transmit(int socket, const void* bytes, int fd) {
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
    iovec piece{const_cast<void*>(bytes), message_size};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    return sendmsg(socket, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(message_size);
}

int receive(int socket, void* bytes) {
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    iovec piece{bytes, message_size};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    if (recvmsg(socket, &header, MSG_CMSG_CLOEXEC) <= 0) return -1;
    int fd;
    std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof fd);
    return fd;
}

double raw() {
    return bench::pair(
        true, 0,
        [](int socket) {
            char bytes[message_size] = {};
            int fd;
            while ((fd = receive(socket, bytes)) >= 0) {
                transmit(socket, bytes, fd);
                close(fd);
            }
        },
        [](int socket) {
            char bytes[message_size] = {};
            const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            const double start = bench::now(), length = bench::budget();
            double t;
            long n = 0;
            do {
                for (int i = 0; i < 64; ++i) {
                    transmit(socket, bytes, fd);
                    close(receive(socket, bytes));
                }
                n += 64;
                t = bench::now();
            } while (t - start < length);
            close(fd);
            close(socket);
            return static_cast<double>(n) / (t - start);
        });
}

// --- a channel: 5 bytes of header and 99 of payload ---------------------------------------------------------------------------

fd_channel open_channel(int fd) {
    return fd_channel(co::stream(co::handle(fd), co::stream::type::socket), co::channel_options().handles(1));
}

co::task<> echo(int socket) {
    fd_channel channel = open_channel(socket);
    std::string_view message;
    while (co_await channel.receive_into(message)) {
        co::handle fd = channel.take_handle();
        co_await channel.send(message, std::move(fd));
    }
}

co::task<double> ask(int socket) {
    fd_channel channel = open_channel(socket);
    co::handle fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const std::string_view payload(
        "123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789");
    std::string_view answer;
    std::size_t before = 0;
    double start = 0, t;
    const double length = bench::budget();
    long n = -64;
    do {
        for (int i = 0; i < 64; ++i) {
            // The descriptor that came back is the one that goes next.
            co_await channel.send(payload, std::move(fd));
            co_await channel.receive_into(answer);
            fd = channel.take_handle();
        }
        n += 64;
        t = bench::now();
        if (n == 0) {
            start = t;
            before = allocations;
        }
    } while (t - start < length);
    per_message = static_cast<double>(allocations - before) / static_cast<double>(n);
    co_return static_cast<double>(n) / (t - start);
}

double channel() {
    return bench::pair(
        true, SOCK_NONBLOCK,
        [](int socket) {
            co::loop loop;
            loop.run(echo(socket));
        },
        [](int socket) {
            co::loop loop;
            return loop.run(ask(socket));
        });
}

}  // namespace

int main() {
    signal(SIGPIPE, SIG_IGN);
    bench::compare("W4p", "rt/s", {{"raw-scm", [] { return raw(); }}, {"channel", [] { return channel(); }}});
    bench::line("W4p", "channel", per_message, "allocations/message");
}
