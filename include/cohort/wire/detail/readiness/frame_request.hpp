// The I/O requests of a channel: reading and writing of bytes, with descriptors where the channel carries them.
#pragma once

#include "../../../reactor/request.hpp"
#include "../../../sys/io.hpp"
#include "../../../sys/message.hpp"
#include "../../../sys/socket.hpp"

#include <cstddef>
#include <cstdint>

namespace cohort::detail {

/// recv(2) or read(2), or recvmsg(2) where there is a place for descriptors. Not to be copied once submitted.
class frame_read_request : public io_request {
public:
    static constexpr direction way = direction::read;
    explicit frame_read_request(completion c) noexcept : io_request(c) {}

    sys::outcome<std::size_t> attempt(int fd) noexcept {
        ++calls;
        if (!fds) {
            if (mode == transfer_mode::socket) [[likely]]
                return sys::recv(fd, data, size);
            return mode == transfer_mode::plain ? sys::read(fd, data, size) : read_shared(fd, data, size, mode);
        }
        sys::io_slice slice{data, size};
        sys::message_in in;
        in.slices = &slice;
        in.slice_count = 1;
        in.fds = fds;
        in.fd_capacity = sys::max_message_fds;
        const sys::outcome<std::size_t> got =
            sys::recvmsg(fd, in, mode == transfer_mode::shared_socket ? sys::dont_wait : 0);
        fd_count = got ? in.fd_count : 0;
        truncated = got && in.truncated;
        return got;
    }

    /// The kernel ends a read at a message with descriptors, so such a short read does not say that there is no more.
    [[gnu::always_inline]] bool drained() const noexcept { return *result < size && fd_count == 0; }

    [[gnu::always_inline]] bool ended_early() const noexcept { return *result < size && fd_count != 0; }

    void* data = nullptr;
    std::size_t size = 0;
    int* fds = nullptr;  // room for sys::max_message_fds
    std::size_t fd_count = 0;
    bool truncated = false;
    transfer_mode mode = transfer_mode::plain;
    std::uint64_t calls = 0;
};

/// write(2), writev(2); for sockets send(2) or sendmsg(2) with MSG_NOSIGNAL.
class frame_write_request : public io_request {
public:
    static constexpr direction way = direction::write;
    explicit frame_write_request(completion c) noexcept : io_request(c) {}

    sys::outcome<std::size_t> attempt(int fd) noexcept {
        ++calls;
        if (mode == transfer_mode::socket && fd_count == 0 && slice_count == 1) [[likely]]
            return sys::send(fd, slices[0].iov_base, slices[0].iov_len);
        const bool socket = mode == transfer_mode::socket || mode == transfer_mode::shared_socket;
        if (mode > transfer_mode::socket && (!socket || (fd_count == 0 && slice_count == 1))) [[unlikely]]
            return write_shared(fd, slices[0].iov_base, slices[0].iov_len, mode);
        if (fd_count == 0 && slice_count == 1) {
            return socket ? sys::send(fd, slices[0].iov_base, slices[0].iov_len)
                          : sys::write(fd, slices[0].iov_base, slices[0].iov_len);
        }
        if (fd_count == 0 && !socket) return sys::writev(fd, slices, slice_count);
        sys::message_out out;
        out.slices = slices;
        out.slice_count = slice_count;
        out.fds = fds;
        out.fd_count = fd_count;
        return sys::sendmsg(fd, out, mode == transfer_mode::shared_socket ? sys::dont_wait : 0);
    }

    bool drained() const noexcept { return *result < slices[0].iov_len + (slice_count > 1 ? slices[1].iov_len : 0); }

    sys::io_slice slices[2] = {};
    std::size_t slice_count = 0;
    const int* fds = nullptr;
    std::size_t fd_count = 0;
    transfer_mode mode = transfer_mode::plain;
    std::uint64_t calls = 0;
};

}  // namespace cohort::detail
