/// @file
/// Messages with descriptors over a Unix socket.
///
/// A descriptor that arrives belongs to the receiver at once. `recvmsg` walks every control message within the length
/// that the kernel gave, collects the descriptors of all of them, and closes those that do not fit in the caller's
/// array, so that none is lost in the process; it says so in `truncated`.
#pragma once

#include "../detail/invoke.hpp"
#include "../detail/slices.hpp"
#include "../new_descriptor.hpp"
#include "io.hpp"
#include "../socket_address.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include <sys/socket.h>

namespace cohort::sys {

/// How many descriptors the kernel takes in one message (SCM_MAX_FD).
inline constexpr std::size_t max_message_fds = 253;

/// What `sendmsg` sends. All pointers are the caller's and are only read.
struct message_out {
    const io_slice* slices = nullptr;
    std::size_t slice_count = 0;
    /// Descriptors that travel with the first byte; at least one byte must go with them over a stream.
    const int* fds = nullptr;
    std::size_t fd_count = 0;
    /// The receiver, for a datagram socket that is not connected.
    const socket_address* to = nullptr;
};

/// What `recvmsg` fills: the caller's buffers, and how much of them is used.
struct message_in {
    io_slice* slices = nullptr;
    std::size_t slice_count = 0;
    int* fds = nullptr;
    std::size_t fd_capacity = 0;

    /// Descriptors received, close-on-exec, in `fds[0]` to `fds[fd_count - 1]`; the caller owns them.
    std::size_t fd_count = 0;
    /// Descriptors were lost: more came than `fd_capacity`, or the kernel could not install them (EMFILE). Those that
    /// were received are in `fds`.
    bool truncated = false;
    /// A datagram was longer than the slices; its rest is gone.
    bool data_truncated = false;
};

namespace detail {

inline constexpr std::size_t fd_control_size = CMSG_SPACE(max_message_fds * sizeof(int));

// Room for what the kernel may add unasked on a socket set up elsewhere: credentials, a pidfd, a label, a time stamp.
struct alignas(::cmsghdr) control_buffer {
    unsigned char bytes[fd_control_size + 512];
};

inline void close_quietly(int fd) noexcept { (void)sys::close(fd); }

// Takes the descriptors out of all control messages that lie within `length` bytes.
inline void collect_fds(const unsigned char* control, std::size_t length, message_in& message) noexcept {
    std::size_t at = 0;
    while (length - at >= sizeof(::cmsghdr)) {
        ::cmsghdr header;
        std::memcpy(&header, control + at, sizeof header);
        if (header.cmsg_len < CMSG_LEN(0) || header.cmsg_len > length - at) return;
        if (header.cmsg_level == SOL_SOCKET && header.cmsg_type == SCM_RIGHTS) {
            const std::size_t count = (header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
            for (std::size_t i = 0; i < count; ++i) {
                int fd;
                std::memcpy(&fd, control + at + CMSG_LEN(0) + i * sizeof fd, sizeof fd);
                complete_received(fd);
                if (message.fd_count < message.fd_capacity) {
                    message.fds[message.fd_count++] = fd;
                } else {
                    close_quietly(fd);
                    message.truncated = true;
                }
            }
        }
        const std::size_t step = CMSG_SPACE(header.cmsg_len - CMSG_LEN(0));
        if (step > length - at) return;
        at += step;
    }
}

}  // namespace detail

/// Sends one message and says how many of its bytes went; the descriptors have gone if any byte has. Never raises
/// SIGPIPE. E2BIG: more than 253 descriptors. EAGAIN: nothing went. ETOOMANYREFS: too many descriptors are under way.
/// EINTR: retried. sendmsg(2), unix(7).
inline outcome<std::size_t> sendmsg(int fd, const message_out& message, int flags = 0) noexcept {
    if (message.fd_count > max_message_fds) return failure(E2BIG);
    alignas(::cmsghdr) unsigned char control[detail::fd_control_size];
    ::msghdr header{};
    if (message.fd_count > 0) {
        const std::size_t bytes = message.fd_count * sizeof(int), space = CMSG_SPACE(bytes);
        // In place, and zeros only where there may be padding: nothing that compilers make a slow string instruction.
        auto* const rights = ::new (static_cast<void*>(control)) ::cmsghdr;
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(bytes);
        std::memset(control + space - sizeof(std::size_t), 0, sizeof(std::size_t));
        for (std::size_t i = 0; i < message.fd_count; ++i)
            std::memcpy(control + CMSG_LEN(i * sizeof(int)), message.fds + i, sizeof(int));
        header.msg_control = control;
        header.msg_controllen = space;
    }
    if (message.to && !message.to->empty()) {
        header.msg_name = const_cast<::sockaddr*>(message.to->data());
        header.msg_namelen = message.to->size();
    }
    return detail::transfer<call::sendmsg>(SIZE_MAX, [&](std::size_t limit) {
        return detail::with_slices(message.slices, message.slice_count, limit,
                                   [&](const io_slice* part, std::size_t n) {
                                       header.msg_iov = const_cast<io_slice*>(part);
                                       header.msg_iovlen = n;
                                       return ::sendmsg(fd, &header, flags | MSG_NOSIGNAL);
                                   });
    });
}

/// Receives one message, or of a stream what there is up to the next message with descriptors, and says how many bytes;
/// 0 is the end of a stream. Descriptors come close-on-exec. `from`, if given, receives the sender's address. EINTR:
/// retried. recvmsg(2), unix(7).
inline outcome<std::size_t> recvmsg(int fd, message_in& message, int flags = 0,
                                    socket_address* from = nullptr) noexcept {
    detail::control_buffer control;
    ::msghdr header{};
    message.fd_count = 0;
    message.truncated = false;
    message.data_truncated = false;
    const outcome<std::size_t> got = detail::transfer<call::recvmsg>(SIZE_MAX, [&](std::size_t limit) {
        return detail::with_slices(message.slices, message.slice_count, limit,
                                   [&](const io_slice* part, std::size_t n) {
                                       header.msg_iov = const_cast<io_slice*>(part);
                                       header.msg_iovlen = n;
                                       header.msg_name = from ? from->data() : nullptr;
                                       header.msg_namelen = from ? socket_address::capacity() : 0;
                                       header.msg_control = control.bytes;
                                       header.msg_controllen = sizeof control.bytes;
                                       header.msg_flags = 0;
                                       return ::recvmsg(fd, &header, flags | detail::receive_flags);
                                   });
    });
    if (!got) return got;
    if (header.msg_controllen > 0) detail::collect_fds(control.bytes, header.msg_controllen, message);
    if (header.msg_flags & MSG_CTRUNC) message.truncated = true;
    if (header.msg_flags & MSG_TRUNC) message.data_truncated = true;
    if (from) from->resize(header.msg_namelen);
    return got;
}

}  // namespace cohort::sys
