// What an error message calls a descriptor. Looked up when an error is thrown and never before: it costs a few system
// calls.
#pragma once

#include "../async/detail/text.hpp"
#include "../async/error.hpp"
#include "../sys/descriptor_name.hpp"
#include "../sys/io.hpp"
#include "../sys/platform.hpp"
#include "../sys/socket.hpp"

#include <cerrno>
#include <string>

namespace cohort::detail {

/// The peer's address of a connected socket, else the socket's own; the path of what has one; else what kind of thing
/// it is.
COHORT_COLD inline std::string describe_descriptor(int fd) {
    const auto kind = sys::kind(fd);
    if (!kind) return std::string();
    if (*kind == sys::handle_kind::socket) {
        sys::socket_address name;
        std::string text;
        if (sys::former_peer(fd, name) || sys::peer_address(fd, name)) text = name.to_string();
        if (text.empty() && sys::local_address(fd, name)) text = name.to_string();
        return text.empty() ? std::string("socket") : text;
    }
    char path[512];
    const auto length = sys::descriptor_name(fd, path, sizeof path);
    const bool named = length && (path[0] == '/' || (*length > 1 && path[1] == ':'));
    if (named) return std::string(path, *length);
    return *kind == sys::handle_kind::pipe ? std::string("pipe") : joined("descriptor ", decimal(fd));
}

/// Throws `error(code, operation, what fd is)`. A descriptor that was closed is not asked: its number may be another's.
[[noreturn]] COHORT_COLD inline void throw_io_error(int code, const char* operation, int fd) {
    if (fd < 0 || code == ECANCELED) throw error(code, operation);
    throw error(code, operation, describe_descriptor(fd));
}

}  // namespace cohort::detail
