// Reading into and writing from several buffers by one system call.
#pragma once

#include "../reactor/io_operation.hpp"
#include "../reactor/loop.hpp"
#include "../sys/message.hpp"
#include "describe.hpp"

#include <cstddef>
#include <span>

namespace cohort {

namespace detail {

/// The pieces of a vectored transfer, kept in the operation: the caller's list of spans may go at once. Takes what
/// fits; the transfer is then of these pieces, which is what "some" allows.
class slice_list {
public:
    static constexpr std::size_t most = 16;

    template <class Byte>
    explicit slice_list(std::span<const std::span<Byte>> pieces) noexcept {
        for (const auto& piece : pieces) {
            if (piece.empty()) continue;
            if (count_ == most) break;
            // What is written is only read: iovec has one type for both.
            slices_[count_].iov_base = const_cast<std::byte*>(static_cast<const std::byte*>(piece.data()));
            slices_[count_].iov_len = piece.size();
            ++count_;
        }
    }

    sys::io_slice* data() noexcept { return slices_; }
    std::size_t count() const noexcept { return count_; }

private:
    sys::io_slice slices_[most];
    std::size_t count_ = 0;
};

}  // namespace detail

/// readv(2) into the pieces that the request holds itself.
class scatter_request : public io_request {
public:
    static constexpr direction way = direction::read;
    scatter_request(completion c, detail::slice_list to, transfer_mode m) noexcept
        : io_request(c), slices(to), mode(m) {}
    sys::outcome<std::size_t> attempt(int fd) noexcept {
        if (mode <= transfer_mode::socket) return sys::readv(fd, slices.data(), slices.count());
        if (slices.count() == 0) return std::size_t{0};
        return detail::read_shared(fd, slices.data()->iov_base, slices.data()->iov_len, mode);
    }
    bool drained() const noexcept { return false; }

    detail::slice_list slices;
    transfer_mode mode;
};

/// writev(2), for sockets sendmsg(2) with MSG_NOSIGNAL, from the pieces that the request holds itself.
class gather_request : public io_request {
public:
    static constexpr direction way = direction::write;
    gather_request(completion c, detail::slice_list from, transfer_mode m) noexcept
        : io_request(c), slices(from), mode(m) {}
    sys::outcome<std::size_t> attempt(int fd) noexcept {
        if (mode == transfer_mode::plain) return sys::writev(fd, slices.data(), slices.count());
        if (mode == transfer_mode::shared) {
            if (slices.count() == 0) return std::size_t{0};
            return detail::write_shared(fd, slices.data()->iov_base, slices.data()->iov_len, mode);
        }
        sys::message_out message;
        message.slices = slices.data();
        message.slice_count = slices.count();
        return sys::sendmsg(fd, message, mode == transfer_mode::shared_socket ? sys::dont_wait : 0);
    }
    bool drained() const noexcept { return false; }

    detail::slice_list slices;
    transfer_mode mode;
};

/// The awaitable of `stream::read_some` into several buffers.
class scatter_operation : public io_operation<scatter_operation, loop, scatter_request> {
public:
    scatter_operation(registration<loop>& from, detail::slice_list to, transfer_mode m) noexcept
        : io_operation("read", from, to, m) {}

    /// How many bytes were read, filling the buffers in order; 0 at the end of the stream.
    std::size_t await_resume() {
        throw_if_cancelled();
        if (!result) [[unlikely]]
            detail::throw_io_error(result.error(), "read", fd());
        return *result;
    }
};

/// The awaitable of `stream::write_some` from several buffers.
class gather_operation : public io_operation<gather_operation, loop, gather_request> {
public:
    gather_operation(registration<loop>& to, detail::slice_list from, transfer_mode m) noexcept
        : io_operation("write", to, from, m) {}

    /// How many bytes were written.
    std::size_t await_resume() {
        throw_if_cancelled();
        if (!result) [[unlikely]]
            detail::throw_io_error(result.error(), "write", fd());
        return *result;
    }
};

}  // namespace cohort
