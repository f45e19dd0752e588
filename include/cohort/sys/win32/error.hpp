/// @file
/// Windows' error codes as the numbers that outcomes carry.
///
/// A code that the floors above look at, and one that says just what an errno says, becomes that errno. Every other is
/// kept, marked by a bit that the system leaves to applications, so that its own text reaches the user.
#pragma once

#include "../../detail/error_number.hpp"
#include "windows.hpp"

#include <cerrno>

namespace cohort::sys {

/// The error number of a code of GetLastError or WSAGetLastError.
inline int error_number(::DWORD code) noexcept {
    switch (code) {
    case ERROR_SUCCESS: return 0;
    case ERROR_IO_PENDING:
    case WSAEWOULDBLOCK: return EAGAIN;
    case ERROR_OPERATION_ABORTED: return ECANCELED;
    case ERROR_HANDLE_EOF:
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
    case ERROR_PIPE_NOT_CONNECTED:
    case WSAESHUTDOWN: return EPIPE;
    case ERROR_INVALID_HANDLE: return EBADF;
    case ERROR_INVALID_PARAMETER:
    case WSAEINVAL: return EINVAL;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_COMMITMENT_LIMIT: return ENOMEM;
    case ERROR_NO_SYSTEM_RESOURCES:
    case WSAENOBUFS: return ENOBUFS;
    case ERROR_TOO_MANY_OPEN_FILES:
    case WSAEMFILE: return EMFILE;
    case ERROR_NETNAME_DELETED:
    case WSAECONNRESET: return ECONNRESET;
    case ERROR_CONNECTION_REFUSED:
    case ERROR_PORT_UNREACHABLE:
    case WSAECONNREFUSED: return ECONNREFUSED;
    case ERROR_CONNECTION_ABORTED:
    case WSAECONNABORTED: return ECONNABORTED;
    case ERROR_SEM_TIMEOUT:
    case WSAETIMEDOUT: return ETIMEDOUT;
    case ERROR_NETWORK_UNREACHABLE:
    case WSAENETUNREACH: return ENETUNREACH;
    case ERROR_HOST_UNREACHABLE:
    case WSAEHOSTUNREACH: return EHOSTUNREACH;
    case ERROR_ADDRESS_ALREADY_ASSOCIATED:
    case WSAEADDRINUSE: return EADDRINUSE;
    case WSAEADDRNOTAVAIL: return EADDRNOTAVAIL;
    case WSAEACCES: return EACCES;
    case WSAEAFNOSUPPORT: return EAFNOSUPPORT;
    case WSAEOPNOTSUPP: return EOPNOTSUPP;
    case WSAENOTCONN: return ENOTCONN;
    case WSAENOTSOCK: return ENOTSOCK;
    case WSAEISCONN: return EISCONN;
    case WSAEINPROGRESS: return EINPROGRESS;
    case WSAEALREADY: return EALREADY;
    case WSAEDESTADDRREQ: return EDESTADDRREQ;
    case ERROR_MORE_DATA:
    case WSAEMSGSIZE: return EMSGSIZE;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL: return ENOSPC;
    default: return static_cast<int>(code) | cohort::detail::own_code_mark;
    }
}

/// That of the call before, in this thread.
inline int last_error() noexcept { return error_number(::GetLastError()); }
inline int last_socket_error() noexcept { return error_number(static_cast<::DWORD>(::WSAGetLastError())); }

}  // namespace cohort::sys
