#pragma once
/// The other end of a channel under test, in plain system calls, and what the tests of this floor share.
#include "support/loop_driver.hpp"
#include "support/test.hpp"

#include <cohort/async.hpp>
#include <cohort/io/unix_pair.hpp>
#include <cohort/wire.hpp>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace wire {

namespace co = cohort;

/// A connected pair: a stream for a channel, and a non-blocking descriptor for a raw peer.
class raw_pair {
public:
    raw_pair() : raw_(-1) {
        co::stream_pair both = co::unix_pair();
        near_ = std::move(both.first());
        raw_ = both.second().release();
    }

    co::stream& near() { return near_; }
    int raw() const { return raw_.native(); }
    void close_raw() { raw_.close(); }
    co::handle release_raw() { return std::move(raw_); }

private:
    co::stream near_;
    co::handle raw_;
};

inline std::string frame(std::string_view payload) {
    std::string out;
    co::framing::length_prefix<>::begin(out, false);
    out += payload;
    co::framing::length_prefix<>::finish(out, 0, false, 0);
    return out;
}

/// A frame of a channel that carries handles; `count` as it stands in the header, true or not.
inline std::string frame_with(std::string_view payload, std::size_t count) {
    std::string out;
    co::framing::length_prefix<>::begin(out, true);
    out += payload;
    co::framing::length_prefix<>::finish(out, 0, true, count);
    return out;
}

/// Writes all of it; the socket's buffer has to have room.
inline void raw_write(int fd, std::string_view text) {
    const ssize_t n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    REQUIRE(n == static_cast<ssize_t>(text.size()));
}

/// Sends bytes with descriptors in one sendmsg(2), in as many control messages as there are groups.
inline void raw_write_fds(int fd, std::string_view text, const std::vector<int>& fds) {
    alignas(cmsghdr) char control[CMSG_SPACE(253 * sizeof(int))] = {};
    iovec piece{const_cast<char*>(text.data()), text.size()};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
    REQUIRE(::sendmsg(fd, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}

/// What there is to read now.
inline std::string raw_read(int fd, std::size_t most = 1 << 20) {
    std::string text(most, '\0');
    const ssize_t n = ::recv(fd, text.data(), text.size(), MSG_DONTWAIT);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
}

/// A file in memory with a number in it.
inline co::handle numbered(int number) {
    const int fd = memfd_create("numbered", MFD_CLOEXEC);
    REQUIRE(fd >= 0);
    REQUIRE(::pwrite(fd, &number, sizeof number, 0) == static_cast<ssize_t>(sizeof number));
    return co::handle(fd);
}

/// The number in such a file, -1 if it is none.
inline int number_in(const co::handle& h) {
    int number = -1;
    if (::pread(h.native(), &number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) return -1;
    return number;
}

inline bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }
inline std::size_t open_count() { return support::open_fds().size(); }

template <class T>
T run(co::task<T> main) {
    co::loop loop;
    return loop.run(std::move(main));
}

template <class F>
    requires requires(F& f) { typename decltype(f())::value_type; }
auto run(F main) {
    co::loop loop;
    return loop.run(main());
}

/// What an awaitable throws as a message_error, as text; empty if it does not.
struct caught {
    bool is_message_error = false;
    co::message_fault fault{};
    std::uint64_t offset = 0;
    std::string what;
    int code = 0;
};

template <class Awaitable>
co::task<caught> catching(Awaitable awaitable) {
    caught result;
    try {
        static_cast<void>(co_await std::move(awaitable));
    } catch (const co::message_error& e) {
        result.is_message_error = true;
        result.fault = e.fault();
        result.offset = e.offset();
        result.what = e.what();
    } catch (const co::error& e) {
        result.what = e.what();
        result.code = e.code().value();
    }
    co_return result;
}

}  // namespace wire
