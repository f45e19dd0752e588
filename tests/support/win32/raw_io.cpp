#include "support/raw_io.hpp"

#include <cohort/sys/io.hpp>
#include <cohort/sys/socket.hpp>

#include <system_error>

namespace support {

namespace sys = cohort::sys;

namespace {

raw_ends ends_of(cohort::sys::outcome<sys::pipe_pair> made) {
    if (!made) throw std::system_error(cohort::detail::code_from(made.error()), "pipe");
    return {made->read, made->write};
}

long told(sys::outcome<std::size_t> outcome) {
    return outcome ? static_cast<long>(*outcome) : outcome.would_block() ? -1 : -2;
}

}  // namespace

raw_ends raw_pipe() {
    return ends_of(sys::detail::pipe_ends(PIPE_ACCESS_INBOUND, GENERIC_WRITE | FILE_READ_ATTRIBUTES, true, true));
}

raw_ends raw_pair() {
    return ends_of(sys::detail::pipe_ends(PIPE_ACCESS_DUPLEX, GENERIC_READ | GENERIC_WRITE, true, true));
}

long raw_write(int fd, std::string_view bytes) {
    const auto size = static_cast<DWORD>(bytes.size());
    if (sys::is_socket(fd)) {
        const int sent = ::send(sys::socket_of(fd), bytes.data(), static_cast<int>(size), 0);
        return sent >= 0 ? sent : ::WSAGetLastError() == WSAEWOULDBLOCK ? -1 : -2;
    }
    return told(sys::detail::done_at_once(sys::handle_of(fd), [&](OVERLAPPED* o) {
        return ::WriteFile(sys::handle_of(fd), bytes.data(), size, nullptr, o);
    }));
}

std::string raw_read(int fd, std::size_t most, long* count) {
    std::string bytes(most, '\0');
    long got = 0;
    if (sys::is_socket(fd)) {
        got = ::recv(sys::socket_of(fd), bytes.data(), static_cast<int>(most), 0);
        if (got < 0) got = ::WSAGetLastError() == WSAEWOULDBLOCK ? -1 : -2;
    } else {
        got = told(sys::detail::read_pipe_at_once(sys::handle_of(fd), bytes.data(), static_cast<DWORD>(most)));
    }
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (count) *count = got;
    return bytes;
}

void raw_close(int fd) {
    if (sys::is_socket(fd)) ::closesocket(sys::socket_of(fd));
    else ::CloseHandle(sys::handle_of(fd));
}

bool raw_is_open(int fd) {
    DWORD flags = 0;
    return ::GetHandleInformation(sys::handle_of(fd), &flags) != 0;
}

}  // namespace support
