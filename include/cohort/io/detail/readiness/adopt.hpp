// What a shared description can do, on systems that report readiness.
#pragma once

#include "../../../sys/descriptor_name.hpp"
#include "../../../sys/file.hpp"
#include "../../../sys/io.hpp"
#include "../../handle.hpp"
#include "../../stream.hpp"

#include <cerrno>
#include <string_view>
#include <utility>

namespace cohort::detail {

/// Whether opening /proc/self/fd/N gives the same thing again. The master of a pseudo-terminal would give another
/// terminal, and most devices a state of their own: a tun device without its interface, a disk at its beginning.
inline bool reopens_as_itself(int fd, sys::handle_kind kind) noexcept {
    char name[64];
    const auto length = sys::descriptor_name(fd, name, sizeof name);
    const bool waits = kind == sys::handle_kind::pipe || kind == sys::handle_kind::terminal;
    if (!length) return waits && length.error() == ERANGE;
    const std::string_view text(name, *length);
    if (waits) return !text.ends_with("/ptmx") && !text.ends_with(" (deleted)");
    return kind == sys::handle_kind::character && (text == "/dev/null" || text == "/dev/zero" || text == "/dev/full");
}

inline stream adopt_kind(handle fd, sys::handle_kind kind, int flags) {
    switch (kind) {
    case sys::handle_kind::socket:
        return stream(std::move(fd), stream::type::socket, transfer_mode::shared_socket);
    case sys::handle_kind::regular:
    case sys::handle_kind::directory:
        return stream(std::move(fd), stream::type::other, transfer_mode::plain, false);
    default: break;
    }
    const stream::type type = kind == sys::handle_kind::pipe ? stream::type::pipe : stream::type::other;
    if (reopens_as_itself(fd.native(), kind)) {
        if (const auto own = sys::reopen_nonblocking(fd.native(), flags))
            return stream(handle(*own), type, transfer_mode::plain);
    }
    // A device that cannot be polled does not wait either: poll(2) calls it ready.
    return stream(std::move(fd), stream::type::other, transfer_mode::shared);
}

}  // namespace cohort::detail
