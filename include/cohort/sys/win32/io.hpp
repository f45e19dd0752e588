/// @file
/// Descriptors on Windows: reading, writing, closing, copying, pipes.
///
/// `read` and `write` never wait on a descriptor that was made for a loop (an overlapped pipe's end, a socket): where
/// they would have to, they are EAGAIN. On a synchronous one (a file, a console) they are done when they return.
#pragma once

#include "../../detail/atomic.hpp"
#include "../../detail/decimal.hpp"
#include "invoke.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cwchar>

namespace cohort::sys {

/// One piece of a scattered buffer.
struct io_slice {
    void* iov_base;
    std::size_t iov_len;
};

namespace detail {

/// An OVERLAPPED for one call at a time in this thread, with an event that keeps its completion from any port.
class private_overlapped {
public:
    private_overlapped() noexcept : overlapped_() {
        static thread_local const event of_thread;
        event_ = of_thread.handle;
        overlapped_.hEvent = reinterpret_cast<::HANDLE>(reinterpret_cast<std::uintptr_t>(event_) | 1);
    }
    bool made() const noexcept { return event_ != nullptr; }
    ::OVERLAPPED* operator&() noexcept { return &overlapped_; }

private:
    struct event {
        event() noexcept : handle(::CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}
        event(const event&) = delete;
        event& operator=(const event&) = delete;
        ~event() {
            if (handle) ::CloseHandle(handle);
        }
        ::HANDLE handle;
    };

    ::OVERLAPPED overlapped_;
    ::HANDLE event_;
};

/// Makes a call on an overlapped handle that is done at once or not at all: `start(overlapped)` is the call.
template <class Start>
inline outcome<std::size_t> done_at_once(::HANDLE handle, Start&& start) noexcept {
    private_overlapped here;
    if (!here.made()) return failure(last_error());
    ::DWORD moved = 0;
    if (!start(&here)) {
        if (::GetLastError() != ERROR_IO_PENDING) return failure(last_error());
        ::CancelIoEx(handle, &here);
    }
    // Returns once the call is over: a cancelled one is so soon.
    if (::GetOverlappedResult(handle, &here, &moved, TRUE)) return static_cast<std::size_t>(moved);
    const ::DWORD code = ::GetLastError();
    if (code != ERROR_OPERATION_ABORTED) return failure(error_number(code));
    if (moved > 0) return static_cast<std::size_t>(moved);
    return failure(EAGAIN);
}

/// A pipe whose writer is gone is at its end, and so is a file.
inline outcome<std::size_t> end_as_zero(outcome<std::size_t> result) noexcept {
    return result.error() == EPIPE ? outcome<std::size_t>(std::size_t{0}) : result;
}

inline outcome<std::size_t> read_synchronous(::HANDLE handle, void* data, ::DWORD size) noexcept {
    ::DWORD moved = 0;
    if (::ReadFile(handle, data, size, &moved, nullptr)) return static_cast<std::size_t>(moved);
    return end_as_zero(failure(last_error()));
}

inline outcome<std::size_t> read_pipe_at_once(::HANDLE handle, void* data, ::DWORD size) noexcept {
    ::DWORD ready = 0;
    if (!::PeekNamedPipe(handle, nullptr, 0, nullptr, &ready, nullptr)) return end_as_zero(failure(last_error()));
    if (ready == 0) return failure(EAGAIN);
    return end_as_zero(
        done_at_once(handle, [&](::OVERLAPPED* o) { return ::ReadFile(handle, data, size, nullptr, o); }));
}

}  // namespace detail

/// Reads at most `size` bytes; 0 is the end. ReadFile, recv.
inline outcome<std::size_t> read(int fd, void* data, std::size_t size) noexcept {
    return detail::transfer<call::read>(size, [&](::DWORD limit) -> outcome<std::size_t> {
        if (is_socket(fd)) {
            const int got = ::recv(socket_of(fd), static_cast<char*>(data), static_cast<int>(limit), 0);
            return got >= 0 ? outcome<std::size_t>(static_cast<std::size_t>(got)) : failure(last_socket_error());
        }
        return is_synchronous(fd) ? detail::read_synchronous(handle_of(fd), data, limit)
                                  : detail::read_pipe_at_once(handle_of(fd), data, limit);
    });
}

/// Writes at most `size` bytes and says how many. Nothing is raised where nobody reads: EPIPE. WriteFile, send.
inline outcome<std::size_t> write(int fd, const void* data, std::size_t size) noexcept {
    return detail::transfer<call::write>(size, [&](::DWORD limit) -> outcome<std::size_t> {
        if (is_socket(fd)) {
            const int sent = ::send(socket_of(fd), static_cast<const char*>(data), static_cast<int>(limit), 0);
            return sent >= 0 ? outcome<std::size_t>(static_cast<std::size_t>(sent)) : failure(last_socket_error());
        }
        // An empty message would be taken for the end by who reads the pipe.
        if (limit == 0) return std::size_t{0};
        if (!is_synchronous(fd))
            return detail::done_at_once(handle_of(fd), [&](::OVERLAPPED* o) {
                return ::WriteFile(handle_of(fd), data, limit, nullptr, o);
            });
        ::DWORD moved = 0;
        if (::WriteFile(handle_of(fd), data, limit, &moved, nullptr)) return static_cast<std::size_t>(moved);
        return failure(last_error());
    });
}

/// Closes the descriptor. Whatever it reports, the descriptor is gone. CloseHandle, closesocket.
inline outcome<> close(int fd) noexcept {
    const auto closed = [&]() -> outcome<> {
        if (is_socket(fd)) return ::closesocket(socket_of(fd)) == 0 ? success() : outcome<>(failure(last_socket_error()));
        return ::CloseHandle(handle_of(fd)) ? success() : outcome<>(failure(last_error()));
    };
#if defined(COHORT_FAULTS)
    // A close that fails has closed all the same.
    const int error = fault::detail::arrive(call::close).error;
    const outcome<> result = closed();
    return error != 0 ? outcome<>(failed(error)) : result;
#else
    return closed();
#endif
}

namespace detail {

/// Whether calls on a handle that others opened wait. NtQueryInformationFile, FileModeInformation.
inline bool opened_synchronous(::HANDLE handle) noexcept {
    struct status_block {
        void* status;
        std::uintptr_t information;
    };
    using query = long(WINAPI*)(::HANDLE, status_block*, void*, ::ULONG, int);
    static const auto ask = function<query>(L"ntdll.dll", "NtQueryInformationFile");
    constexpr int file_mode_information = 16;
    constexpr ::ULONG synchronous = 0x10 | 0x20;  // FILE_SYNCHRONOUS_IO_ALERT, FILE_SYNCHRONOUS_IO_NONALERT
    status_block status{};
    ::ULONG mode = 0;
    // What does not tell, such as a console, is used as what waits: that works with either.
    return !ask || ask(handle, &status, &mode, sizeof mode, file_mode_information) < 0 || (mode & synchronous) != 0;
}

}  // namespace detail

/// A second descriptor of the same thing, which no child inherits. DuplicateHandle, WSADuplicateSocketW.
inline outcome<int> dup(int fd, int = 0) noexcept {
    return detail::once<call::dup, int>([&]() -> outcome<int> {
        if (is_socket(fd)) {
            ::WSAPROTOCOL_INFOW info;
            if (::WSADuplicateSocketW(socket_of(fd), ::GetCurrentProcessId(), &info) != 0)
                return failure(last_socket_error());
            const ::SOCKET copy = ::WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0,
                                               WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
            if (copy == INVALID_SOCKET) return failure(last_socket_error());
            return descriptor_of_socket(copy);
        }
        ::HANDLE copy = nullptr;
        if (!::DuplicateHandle(::GetCurrentProcess(), handle_of(fd), ::GetCurrentProcess(), &copy, 0, FALSE,
                               DUPLICATE_SAME_ACCESS))
            return failure(last_error());
        const bool synchronous = fd <= 2 ? detail::opened_synchronous(copy) : is_synchronous(fd);
        return descriptor_of(copy, synchronous ? detail::synchronous_tag : 0);
    });
}

/// Whether `read` and `write` report EAGAIN where they would wait.
inline outcome<bool> is_nonblocking(int fd) noexcept { return !is_synchronous(fd); }

/// Sockets: sets or clears it. Others are what they were opened as: ENOTSUP where that is something else.
inline outcome<> set_nonblocking(int fd, bool on) noexcept {
    if (!is_socket(fd)) return on != is_synchronous(fd) ? success() : outcome<>(failure(ENOTSUP));
    return detail::tried_socket<call::set_flags>([&] {
        ::u_long wanted = on ? 1 : 0;
        return ::ioctlsocket(socket_of(fd), static_cast<long>(FIONBIO), &wanted);
    });
}

/// Whether no child inherits the handle. GetHandleInformation.
inline outcome<bool> is_close_on_exec(int fd) noexcept {
    ::DWORD flags = 0;
    const outcome<> asked = detail::tried<call::get_flags>([&] { return ::GetHandleInformation(handle_of(fd), &flags); });
    if (!asked) return failure(asked.error());
    return (flags & HANDLE_FLAG_INHERIT) == 0;
}

/// SetHandleInformation.
inline outcome<> set_close_on_exec(int fd, bool on) noexcept {
    return detail::tried<call::set_flags>([&] {
        return ::SetHandleInformation(handle_of(fd), HANDLE_FLAG_INHERIT, on ? 0 : HANDLE_FLAG_INHERIT);
    });
}

/// The two ends of a pipe.
struct pipe_pair {
    int read = -1;
    int write = -1;
};

namespace detail {

inline constexpr ::DWORD pipe_buffer = 65536;

/// Two connected ends of a named pipe that nobody else can connect to; `out`: which way the first end faces.
/// `overlapped_first`, `overlapped_second`: whether the end is for a loop.
inline outcome<pipe_pair> pipe_ends(::DWORD direction_of_first, ::DWORD access_of_second, bool overlapped_first,
                                    bool overlapped_second) noexcept {
    static constinit cohort::detail::atomic<unsigned> made{0};
    ::LARGE_INTEGER ticks{};
    ::QueryPerformanceCounter(&ticks);
    wchar_t name[96];
    std::swprintf(name, sizeof name / sizeof *name, L"\\\\.\\pipe\\cohort-%lu-%u-%llx", ::GetCurrentProcessId(),
                  made.fetch_add(1), static_cast<unsigned long long>(ticks.QuadPart));
    const ::HANDLE first = ::CreateNamedPipeW(
        name, direction_of_first | FILE_FLAG_FIRST_PIPE_INSTANCE | (overlapped_first ? FILE_FLAG_OVERLAPPED : 0u),
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, pipe_buffer, pipe_buffer, 0,
        nullptr);
    if (first == INVALID_HANDLE_VALUE) return failure(last_error());
    // The one connection there can be: whoever else guessed the name in time makes this fail.
    const ::HANDLE second = ::CreateFileW(name, access_of_second, 0, nullptr, OPEN_EXISTING,
                                          overlapped_second ? FILE_FLAG_OVERLAPPED : 0u, nullptr);
    if (second == INVALID_HANDLE_VALUE) {
        const int code = last_error();
        ::CloseHandle(first);
        return failure(code);
    }
    pipe_pair result;
    result.read = descriptor_of(first, overlapped_first ? 0 : synchronous_tag);
    result.write = descriptor_of(second, overlapped_second ? 0 : synchronous_tag);
    return result;
}

}  // namespace detail

/// A pipe that no child inherits; by choice for each end whether it is for a loop (overlapped) or for calls that wait.
/// CreateNamedPipeW: an anonymous pipe knows no overlapped calls.
inline outcome<pipe_pair> pipe(bool overlapped_read = false, bool overlapped_write = false) noexcept {
    return detail::once<call::pipe, pipe_pair>([&] {
        return detail::pipe_ends(PIPE_ACCESS_INBOUND, GENERIC_WRITE | FILE_READ_ATTRIBUTES, overlapped_read,
                                 overlapped_write);
    });
}

/// A write of at most this many bytes is taken whole by a pipe that has any room.
inline constexpr std::size_t atomic_pipe_write = 4096;

/// What a descriptor refers to.
enum class handle_kind : std::uint8_t { regular, directory, character, terminal, pipe, socket, other };

/// Asks what the descriptor refers to. GetFileType.
inline outcome<handle_kind> kind(int fd) noexcept {
    return detail::once<call::status, handle_kind>([&]() -> outcome<handle_kind> {
        const ::HANDLE handle = handle_of(fd);
        if (is_socket(fd)) {
            ::DWORD flags = 0;
            if (::GetHandleInformation(handle, &flags)) return handle_kind::socket;
            return failure(last_error());
        }
        ::SetLastError(ERROR_SUCCESS);
        switch (::GetFileType(handle)) {
        case FILE_TYPE_DISK: {
            ::BY_HANDLE_FILE_INFORMATION found;
            const bool directory = ::GetFileInformationByHandle(handle, &found) &&
                                   (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
            return directory ? handle_kind::directory : handle_kind::regular;
        }
        case FILE_TYPE_CHAR: {
            ::DWORD mode = 0;
            return ::GetConsoleMode(handle, &mode) ? handle_kind::terminal : handle_kind::character;
        }
        case FILE_TYPE_PIPE: return handle_kind::pipe;
        default: break;
        }
        if (::GetLastError() != ERROR_SUCCESS) return failure(last_error());
        return handle_kind::other;
    });
}

/// How many bytes a read would give at once. PeekNamedPipe, FIONREAD.
inline outcome<std::size_t> bytes_readable(int fd) noexcept {
    return detail::once<call::bytes_readable, std::size_t>([&]() -> outcome<std::size_t> {
        if (is_socket(fd)) {
            ::u_long count = 0;
            if (::ioctlsocket(socket_of(fd), static_cast<long>(FIONREAD), &count) != 0)
                return failure(last_socket_error());
            return static_cast<std::size_t>(count);
        }
        ::DWORD count = 0;
        if (!::PeekNamedPipe(handle_of(fd), nullptr, 0, nullptr, &count, nullptr)) return failure(last_error());
        return static_cast<std::size_t>(count);
    });
}

}  // namespace cohort::sys
