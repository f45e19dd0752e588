// The I/O requests of this floor on Windows: each starts an overlapped call.
#pragma once

#include "../../../reactor/request.hpp"
#include "../../../sys/overlapped.hpp"
#include "../../../sys/socket.hpp"
#include "../../address.hpp"
#include "../../handle.hpp"
#include "../slice_list.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace cohort {

namespace detail {

/// The pieces of a vectored transfer as one, for what knows but one: a pipe, and what is synchronous. Such a transfer
/// costs an allocation and a copy.
class joined_pieces {
public:
    joined_pieces() noexcept {}
    /// Of the pieces, not of what was made of them.
    joined_pieces(const joined_pieces&) noexcept {}
    joined_pieces& operator=(const joined_pieces&) = delete;

    /// Room for all of them, up to a limit; false without memory.
    bool make_room(slice_list& pieces) noexcept {
        std::size_t size = 0;
        for (std::size_t i = 0; i < pieces.count(); ++i) size += pieces.data()[i].iov_len;
        try {
            bytes_.resize(size < most ? size : most);
        } catch (...) {
            return false;
        }
        return true;
    }

    /// What the pieces hold.
    void gather(slice_list& pieces) noexcept {
        move(pieces, bytes_.size(), [](char* here, void* piece, std::size_t n) { std::memcpy(here, piece, n); });
    }
    /// The first `count` bytes to the pieces.
    void scatter(slice_list& pieces, std::size_t count) noexcept {
        move(pieces, count, [](char* here, void* piece, std::size_t n) { std::memcpy(piece, here, n); });
    }

    char* data() noexcept { return bytes_.data(); }
    std::size_t size() const noexcept { return bytes_.size(); }

private:
    static constexpr std::size_t most = 65536;

    template <class Move>
    void move(slice_list& pieces, std::size_t count, Move each) noexcept {
        char* here = bytes_.data();
        for (std::size_t i = 0; i < pieces.count() && count > 0; ++i) {
            const std::size_t n = pieces.data()[i].iov_len < count ? pieces.data()[i].iov_len : count;
            each(here, pieces.data()[i].iov_base, n);
            here += n;
            count -= n;
        }
    }

    std::string bytes_;
};

}  // namespace detail

/// WSARecv into the pieces that the request holds itself; what is no socket is read into one piece, and that shared out.
class scatter_request : public io_request {
public:
    static constexpr direction way = direction::read;
    scatter_request(completion c, detail::slice_list to, transfer_mode m) noexcept
        : io_request(c), slices(to), mode(m) {}
    bool blocks() const noexcept { return mode == transfer_mode::shared; }
    sys::outcome<std::size_t> call(int fd) noexcept {
        if (!joined_.make_room(slices)) return sys::failure(ENOMEM);
        const auto got = sys::read(fd, joined_.data(), joined_.size());
        joined_.scatter(slices, got.value_or(0));
        return got;
    }
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        if (sys::is_socket(fd)) return sys::start_readv(fd, slices.data(), slices.count(), o);
        if (!joined_.make_room(slices)) return sys::failure(ENOMEM);
        return sys::start_read(fd, joined_.data(), joined_.size(), o);
    }
    sys::outcome<std::size_t> finish(int fd, sys::outcome<std::size_t> outcome) noexcept {
        const auto read = detail::read_result(fd, outcome, joined_.size());
        if (!sys::is_socket(fd)) joined_.scatter(slices, read.value_or(0));
        return read;
    }

    detail::slice_list slices;
    transfer_mode mode;

private:
    detail::joined_pieces joined_;
};

/// WSASend from the pieces that the request holds itself; to what is no socket they are written as one.
class gather_request : public io_request {
public:
    static constexpr direction way = direction::write;
    gather_request(completion c, detail::slice_list from, transfer_mode m) noexcept
        : io_request(c), slices(from), mode(m) {}
    bool blocks() const noexcept { return mode == transfer_mode::shared; }
    sys::outcome<std::size_t> call(int fd) noexcept {
        if (!join()) return sys::failure(ENOMEM);
        return sys::write(fd, joined_.data(), joined_.size());
    }
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        if (sys::is_socket(fd)) return sys::start_writev(fd, slices.data(), slices.count(), o);
        if (!join()) return sys::failure(ENOMEM);
        return sys::start_write(fd, joined_.data(), joined_.size(), o);
    }

    detail::slice_list slices;
    transfer_mode mode;

private:
    bool join() noexcept {
        if (!joined_.make_room(slices)) return false;
        joined_.gather(slices);
        return true;
    }

    detail::joined_pieces joined_;
};

/// AcceptEx, into a socket made for it. Connections that were broken off before are passed over.
class accept_request : public io_request {
public:
    static constexpr direction way = direction::read;
    explicit accept_request(completion c) noexcept : io_request(c) {}
    accept_request(const accept_request& other) noexcept : io_request(other) {}

    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        address where;
        if (const auto asked = sys::local_address(fd, where); !asked) return sys::failure(asked.error());
        const auto made = sys::socket(where.family(), sys::stream_socket);
        if (!made) return sys::failure(made.error());
        fresh_ = handle(*made);
        return sys::start_accept(fd, fresh_.native(), space_, o);
    }

    sys::outcome<std::size_t> finish(int fd, sys::outcome<std::size_t> outcome) noexcept {
        // The listener's end, and a listener that is none, are not the connection's.
        const int code = outcome.error();
        if (code == ECONNRESET || code == ECONNABORTED) return sys::failure(EAGAIN);
        if (!outcome) {
            fresh_.close();
            return outcome;
        }
        if (!sys::finish_accept(fd, fresh_.native())) return sys::failure(EAGAIN);  // gone again
        accepted = static_cast<handle&&>(fresh_);
        return outcome;
    }

    handle accepted;

private:
    handle fresh_;
    sys::accept_space space_;
};

/// ConnectEx.
class connect_request : public io_request {
public:
    static constexpr direction way = direction::write;
    connect_request(completion c, const address& where) noexcept : io_request(c), to(where) {}

    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept { return sys::start_connect(fd, to, o); }
    sys::outcome<std::size_t> finish(int fd, sys::outcome<std::size_t> outcome) noexcept {
        if (!outcome) return outcome;
        const auto done = sys::finish_connect(fd);
        return done ? outcome : sys::outcome<std::size_t>(sys::failure(done.error()));
    }

    address to;
};

/// WSASendTo; without an address to the peer of a connected socket.
class send_to_request : public io_request {
public:
    static constexpr direction way = direction::write;
    send_to_request(completion c, const void* from, std::size_t n, const address& receiver) noexcept
        : io_request(c), data(from), size(n), to(receiver) {}
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        return sys::start_send_to(fd, data, size, to, o);
    }

    const void* data;
    std::size_t size;
    address to;
};

/// WSARecvFrom.
class receive_from_request : public io_request {
public:
    static constexpr direction way = direction::read;
    receive_from_request(completion c, void* to, std::size_t n) noexcept : io_request(c), data(to), size(n) {}
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        truncated = false;
        return sys::start_receive_from(fd, data, size, from, length_, flags_, o);
    }
    sys::outcome<std::size_t> finish(int, sys::outcome<std::size_t> outcome) noexcept {
        truncated = outcome.error() == EMSGSIZE;
        if (outcome || truncated) from.resize(length_);
        return truncated ? sys::outcome<std::size_t>(size) : outcome;
    }

    void* data;
    std::size_t size;
    address from;
    bool truncated = false;

private:
    int length_ = 0;
    unsigned long flags_ = 0;
};

}  // namespace cohort
