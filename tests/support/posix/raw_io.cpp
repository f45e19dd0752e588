#include "support/raw_io.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <sys/socket.h>
#include <unistd.h>

namespace support {

namespace {

raw_ends ready(const int (&ends)[2]) {
    for (const int fd : ends) {
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
        ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    }
    return {ends[0], ends[1]};
}

long told(ssize_t n) { return n >= 0 ? static_cast<long>(n) : errno == EAGAIN ? -1 : -2; }

}  // namespace

raw_ends raw_pipe() {
    int ends[2];
    if (::pipe(ends) != 0) throw std::system_error(errno, std::system_category(), "pipe");
    return ready(ends);
}

raw_ends raw_pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        throw std::system_error(errno, std::system_category(), "socketpair");
    return ready(ends);
}

long raw_write(int fd, std::string_view bytes) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0 || errno != ENOTSOCK) return told(sent);
    return told(::write(fd, bytes.data(), bytes.size()));
}

std::string raw_read(int fd, std::size_t most, long* count) {
    std::string bytes(most, '\0');
    const long got = told(::read(fd, bytes.data(), bytes.size()));
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (count) *count = got;
    return bytes;
}

void raw_close(int fd) { ::close(fd); }

bool raw_is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

}  // namespace support
