/// @file
/// Overlapped calls: started now, completed at a port later.
///
/// Each `start_` function gives the bytes where the call is done, EAGAIN where its completion comes later, and else the
/// error. What it is given, and the `overlapped` itself, stays in place until the completion has been taken.
#pragma once

#include "io.hpp"
#include "../socket_address.hpp"

#include <cstddef>
#include <cstdint>

namespace cohort::sys {

/// A call in flight. Its address is what the system hands back.
struct overlapped : ::OVERLAPPED {
    overlapped() noexcept : ::OVERLAPPED() {}

    /// Ready for another call. An event, if there is one, is told of the completion in the place of a port: the lowest
    /// bit says so.
    void prepare(int event = -1) noexcept {
        static_cast<::OVERLAPPED&>(*this) = ::OVERLAPPED();
        if (event < 0) return;
        hEvent = reinterpret_cast<::HANDLE>(reinterpret_cast<std::uintptr_t>(handle_of(event)) | 1);
    }
};

namespace detail {

/// A transfer that is begun: as `transfer`, but that no fault makes it EAGAIN, which would promise a completion.
template <call Which, class F>
inline outcome<std::size_t> begun(std::size_t size, F&& f) noexcept {
#if defined(COHORT_FAULTS)
    for (;;) {
        bool made = false;
        const outcome<std::size_t> result = transfer<Which>(size, [&](::DWORD limit) {
            made = true;
            return f(limit);
        });
        if (made || !result.would_block()) return result;
    }
#else
    return transfer<Which>(size, static_cast<F&&>(f));
#endif
}

inline outcome<std::size_t> started(::BOOL done, const overlapped& o) noexcept {
    if (done) return static_cast<std::size_t>(o.InternalHigh);
    return failure(last_error());
}

inline outcome<std::size_t> started_socket(int result, const overlapped& o) noexcept {
    if (result == 0) return static_cast<std::size_t>(o.InternalHigh);
    const ::DWORD code = static_cast<::DWORD>(::WSAGetLastError());
    return failure(error_number(code));
}

/// The pieces as Winsock takes them.
class socket_pieces {
public:
    static constexpr std::size_t most = 16;

    socket_pieces(const io_slice* slices, std::size_t count, std::size_t limit) noexcept {
        for (std::size_t i = 0; i < count && count_ < most && limit > 0; ++i) {
            const std::size_t size = slices[i].iov_len < limit ? slices[i].iov_len : limit;
            pieces_[count_].buf = static_cast<char*>(slices[i].iov_base);
            pieces_[count_++].len = static_cast<::ULONG>(size);
            limit -= size;
        }
    }
    ::WSABUF* data() noexcept { return pieces_; }
    ::DWORD count() const noexcept { return static_cast<::DWORD>(count_); }

private:
    ::WSABUF pieces_[most];
    std::size_t count_ = 0;
};

/// A function that Winsock hands out by number, asked for once.
template <class Function>
inline Function extension(::SOCKET s, ::GUID id) noexcept {
    Function found = nullptr;
    ::DWORD size = 0;
    if (::WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &found, sizeof found, &size, nullptr,
                   nullptr) != 0)
        return nullptr;
    return found;
}

}  // namespace detail

/// ReadFile, WSARecv; the end of a pipe is EPIPE here, and 0 once `finished` has seen it.
inline outcome<std::size_t> start_read(int fd, void* data, std::size_t size, overlapped& o) noexcept {
    return detail::begun<call::read>(size, [&](::DWORD limit) -> outcome<std::size_t> {
        if (!is_socket(fd)) return detail::started(::ReadFile(handle_of(fd), data, limit, nullptr, &o), o);
        ::WSABUF piece{limit, static_cast<char*>(data)};
        ::DWORD flags = 0;
        return detail::started_socket(::WSARecv(socket_of(fd), &piece, 1, nullptr, &flags, &o, nullptr), o);
    });
}

/// WriteFile, WSASend.
inline outcome<std::size_t> start_write(int fd, const void* data, std::size_t size, overlapped& o) noexcept {
    return detail::begun<call::write>(size, [&](::DWORD limit) -> outcome<std::size_t> {
        if (is_socket(fd)) {
            ::WSABUF piece{limit, static_cast<char*>(const_cast<void*>(data))};
            return detail::started_socket(::WSASend(socket_of(fd), &piece, 1, nullptr, 0, &o, nullptr), o);
        }
        // An empty message would be taken for the end by who reads the pipe.
        if (limit == 0) return std::size_t{0};
        // What is more than the buffer holds waits as a whole, and none of it counts before all of it is read.
        const ::DWORD part = limit < detail::pipe_buffer ? limit : detail::pipe_buffer;
        return detail::started(::WriteFile(handle_of(fd), data, part, nullptr, &o), o);
    });
}

/// Begins a read of no bytes, which is done when there is something to read, the end or an error.
inline outcome<std::size_t> start_probe(int fd, overlapped& o) noexcept {
    // What lies in a pipe already does not complete a read of no bytes.
    if (!is_socket(fd)) {
        const auto ready = bytes_readable(fd);
        if (!ready || *ready > 0) return std::size_t{0};
    }
    return detail::begun<call::read>(SIZE_MAX, [&](::DWORD) -> outcome<std::size_t> {
        if (!is_socket(fd)) return detail::started(::ReadFile(handle_of(fd), nullptr, 0, nullptr, &o), o);
        ::WSABUF none{0, nullptr};
        ::DWORD flags = MSG_PEEK;
        return detail::started_socket(::WSARecv(socket_of(fd), &none, 1, nullptr, &flags, &o, nullptr), o);
    });
}

/// Reads from a socket into several pieces, up to 16. WSARecv.
inline outcome<std::size_t> start_readv(int fd, const io_slice* slices, std::size_t count, overlapped& o) noexcept {
    return detail::begun<call::readv>(SIZE_MAX, [&](::DWORD limit) -> outcome<std::size_t> {
        detail::socket_pieces pieces(slices, count, limit);
        ::DWORD flags = 0;
        return detail::started_socket(
            ::WSARecv(socket_of(fd), pieces.data(), pieces.count(), nullptr, &flags, &o, nullptr), o);
    });
}

/// Writes to a socket from several pieces, up to 16. WSASend.
inline outcome<std::size_t> start_writev(int fd, const io_slice* slices, std::size_t count, overlapped& o) noexcept {
    return detail::begun<call::writev>(SIZE_MAX, [&](::DWORD limit) -> outcome<std::size_t> {
        detail::socket_pieces pieces(slices, count, limit);
        return detail::started_socket(
            ::WSASend(socket_of(fd), pieces.data(), pieces.count(), nullptr, 0, &o, nullptr), o);
    });
}

/// Sends a datagram; to the socket's peer where the address is empty. WSASendTo.
inline outcome<std::size_t> start_send_to(int fd, const void* data, std::size_t size, const socket_address& to,
                                          overlapped& o) noexcept {
    return detail::begun<call::sendto>(size, [&](::DWORD limit) -> outcome<std::size_t> {
        ::WSABUF piece{limit, static_cast<char*>(const_cast<void*>(data))};
        return detail::started_socket(::WSASendTo(socket_of(fd), &piece, 1, nullptr, 0, to.empty() ? nullptr : to.data(),
                                                  to.empty() ? 0 : to.size(), &o, nullptr),
                                      o);
    });
}

/// Receives a datagram and its sender; `length` stays in place as well. A datagram that is longer than the buffer is
/// EMSGSIZE, and the buffer is full. WSARecvFrom.
inline outcome<std::size_t> start_receive_from(int fd, void* data, std::size_t size, socket_address& from, int& length,
                                               unsigned long& flags, overlapped& o) noexcept {
    return detail::begun<call::recvfrom>(size, [&](::DWORD limit) -> outcome<std::size_t> {
        ::WSABUF piece{limit, static_cast<char*>(data)};
        length = socket_address::capacity();
        flags = 0;
        return detail::started_socket(
            ::WSARecvFrom(socket_of(fd), &piece, 1, nullptr, &flags, from.data(), &length, &o, nullptr), o);
    });
}

/// Where AcceptEx puts the two addresses.
struct accept_space {
    char bytes[2 * (sizeof(::sockaddr_storage) + 16)];
};

/// Begins to accept a connection into `fresh`, a socket of the listener's family that is neither bound nor connected.
/// AcceptEx.
inline outcome<std::size_t> start_accept(int listener, int fresh, accept_space& space, overlapped& o) noexcept {
    return detail::once<call::accept, std::size_t>([&]() -> outcome<std::size_t> {
        static const auto accept_ex = detail::extension<::LPFN_ACCEPTEX>(socket_of(listener), WSAID_ACCEPTEX);
        if (!accept_ex) return failure(last_socket_error());
        ::DWORD received = 0;
        constexpr ::DWORD half = sizeof space.bytes / 2;
        const ::BOOL done =
            accept_ex(socket_of(listener), socket_of(fresh), space.bytes, 0, half, half, &received, &o);
        return detail::started_socket(done ? 0 : -1, o);
    });
}

/// Makes what `start_accept` has connected a socket like any other, one that knows its addresses.
inline outcome<> finish_accept(int listener, int fresh) noexcept {
    return detail::tried_socket<call::set_option>([&] {
        const ::SOCKET from = socket_of(listener);
        return ::setsockopt(socket_of(fresh), SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                            reinterpret_cast<const char*>(&from), sizeof from);
    });
}

/// Begins to connect a socket, and binds it if it is not bound. ConnectEx.
inline outcome<std::size_t> start_connect(int fd, const socket_address& to, overlapped& o) noexcept {
    return detail::once<call::connect, std::size_t>([&]() -> outcome<std::size_t> {
        static const auto connect_ex = detail::extension<::LPFN_CONNECTEX>(socket_of(fd), WSAID_CONNECTEX);
        if (!connect_ex) return failure(last_socket_error());
        // ConnectEx insists on a socket that is bound; one that is already says EINVAL.
        socket_address any;
        if (to.is_ipv6()) any = socket_address::ipv6({}, 0);
        else any = socket_address::ipv4(0, 0);
        if (::bind(socket_of(fd), any.data(), any.size()) != 0 && ::WSAGetLastError() != WSAEINVAL)
            return failure(last_socket_error());
        const ::BOOL done = connect_ex(socket_of(fd), to.data(), to.size(), nullptr, 0, nullptr, &o);
        return detail::started_socket(done ? 0 : -1, o);
    });
}

/// Makes what `start_connect` has connected a socket like any other.
inline outcome<> finish_connect(int fd) noexcept {
    return detail::tried_socket<call::set_option>(
        [&] { return ::setsockopt(socket_of(fd), SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, nullptr, 0); });
}

/// Asks for the call to be taken back; its completion comes all the same, as ECANCELED or with what it did. CancelIoEx.
inline void cancel(int fd, overlapped& o) noexcept {
    // ERROR_NOT_FOUND: it has completed, and its packet is on its way.
    ::CancelIoEx(handle_of(fd), &o);
}

/// What a completed call came to: its bytes or its error. The end of a pipe is EPIPE.
inline outcome<std::size_t> result_of(int fd, overlapped& o) noexcept {
    ::DWORD moved = 0;
    if (is_socket(fd)) {
        ::DWORD flags = 0;
        if (::WSAGetOverlappedResult(socket_of(fd), &o, &moved, FALSE, &flags)) return static_cast<std::size_t>(moved);
        return failure(last_socket_error());
    }
    if (::GetOverlappedResult(handle_of(fd), &o, &moved, FALSE)) return static_cast<std::size_t>(moved);
    return failure(last_error());
}

}  // namespace cohort::sys
