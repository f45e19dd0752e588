/// @file
/// Descriptors on their way to another process: duplicated into it by who sends them, and taken up there.
#pragma once

#include "io.hpp"
#include "network.hpp"
#include "socket.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace cohort::sys {

/// How many descriptors go with one message at most; elsewhere a limit of the kernel (SCM_MAX_FD), here kept the same.
inline constexpr std::size_t max_message_fds = 253;

/// A descriptor in words: its number in the receiving process and what it is, followed for a socket by what Winsock
/// wants to know of it.
struct carried_descriptor {
    static constexpr std::uint32_t is_a_socket = detail::socket_tag;

    std::uint32_t tag = 0;
    std::uint32_t number = 0;
    ::WSAPROTOCOL_INFOW info{};

    static constexpr std::size_t short_size = 2 * sizeof(std::uint32_t);
    /// How many of its bytes travel.
    std::size_t size() const noexcept { return tag == is_a_socket ? sizeof(carried_descriptor) : short_size; }
};
static_assert(offsetof(carried_descriptor, info) == carried_descriptor::short_size);

/// A process that descriptors can be duplicated into. OpenProcess.
inline outcome<int> open_receiver(unsigned pid) noexcept {
    return detail::once<call::pidfd_open, int>([&]() -> outcome<int> {
        const ::HANDLE made = ::OpenProcess(PROCESS_DUP_HANDLE, FALSE, pid);
        if (!made) return failure(last_error());
        return descriptor_of(made);
    });
}

/// Duplicates a descriptor into another process and says how it is taken up there. The original stays this process's.
/// DuplicateHandle, WSADuplicateSocketW.
inline outcome<> carry(int fd, int receiver, unsigned pid, carried_descriptor& out) noexcept {
    return detail::once<call::dup, void>([&]() -> outcome<> {
        if (is_socket(fd)) {
            out.tag = carried_descriptor::is_a_socket;
            out.number = 0;
            if (::WSADuplicateSocketW(socket_of(fd), pid, &out.info) == 0) return success();
            return failure(last_socket_error());
        }
        ::HANDLE there = nullptr;
        if (!::DuplicateHandle(::GetCurrentProcess(), handle_of(fd), handle_of(receiver), &there, 0, FALSE,
                               DUPLICATE_SAME_ACCESS))
            return failure(last_error());
        out.tag = is_synchronous(fd) ? detail::synchronous_tag : 0;
        out.number = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(there));
        return success();
    });
}

/// Closes what `carry` has put into a process that will not be told of it. A socket's needs nothing: it is not one
/// before it is taken up.
inline void uncarry(int receiver, const carried_descriptor& carried) noexcept {
    if (carried.tag == carried_descriptor::is_a_socket) return;
    ::HANDLE here = nullptr;
    const ::HANDLE there = reinterpret_cast<::HANDLE>(static_cast<std::intptr_t>(static_cast<std::int32_t>(carried.number)));
    if (::DuplicateHandle(handle_of(receiver), there, ::GetCurrentProcess(), &here, 0, FALSE, DUPLICATE_CLOSE_SOURCE))
        ::CloseHandle(here);
}

/// Takes up what another process has put into this one. EINVAL: it is no open handle. WSASocketW.
inline outcome<int> take_up(carried_descriptor& carried) noexcept {
    if (carried.tag == carried_descriptor::is_a_socket) {
        return detail::once<call::socket, int>([&] {
            detail::start_winsock();
            return detail::owned_socket(::WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO,
                                                     &carried.info, 0,
                                                     WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
        });
    }
    if (carried.tag != 0 && carried.tag != detail::synchronous_tag) return failure(EINVAL);
    const int fd = static_cast<int>(carried.number | carried.tag);
    ::DWORD flags = 0;
    if (fd <= 3 || (carried.number & 3) != 0 || !::GetHandleInformation(handle_of(fd), &flags)) return failure(EINVAL);
    return fd;
}

}  // namespace cohort::sys
