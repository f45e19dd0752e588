/// @file
/// Who is at the other end of a named pipe.
#pragma once

#include "invoke.hpp"
#include "process.hpp"

namespace cohort::sys {

/// The process that opened the other end, as the system saw it at that time. Users are no numbers here.
struct peer_identity {
    process_id pid = 0;
};

/// The process at the other end of a named pipe. ERROR_INVALID_FUNCTION for what is none.
/// GetNamedPipeClientProcessId, GetNamedPipeServerProcessId.
inline outcome<peer_identity> peer_credentials(int fd) noexcept {
    return detail::once<call::get_option, peer_identity>([&]() -> outcome<peer_identity> {
        ::DWORD flags = 0;
        ::ULONG pid = 0;
        if (!::GetNamedPipeInfo(handle_of(fd), &flags, nullptr, nullptr, nullptr)) return failure(last_error());
        const ::BOOL asked = (flags & PIPE_SERVER_END) ? ::GetNamedPipeClientProcessId(handle_of(fd), &pid)
                                                       : ::GetNamedPipeServerProcessId(handle_of(fd), &pid);
        if (!asked) return failure(last_error());
        peer_identity who;
        who.pid = static_cast<process_id>(pid);
        return who;
    });
}

}  // namespace cohort::sys
