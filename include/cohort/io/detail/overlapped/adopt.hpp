// What a shared handle can do on Windows.
#pragma once

#include "../../../sys/io.hpp"
#include "../../handle.hpp"
#include "../../stream.hpp"

#include <utility>

namespace cohort::detail {

inline stream adopt_kind(handle fd, sys::handle_kind kind, int) {
    const int number = fd.native();
    if (kind == sys::handle_kind::socket)
        return stream(std::move(fd), stream::type::socket, transfer_mode::shared_socket);
    const stream::type type = kind == sys::handle_kind::pipe ? stream::type::pipe : stream::type::other;
    if (!sys::is_synchronous(number)) return stream(std::move(fd), type, transfer_mode::plain, false);
    // The null device and files do not wait; a console and a pipe may.
    const bool waits = kind == sys::handle_kind::pipe || kind == sys::handle_kind::terminal;
    return stream(std::move(fd), type, waits ? transfer_mode::shared : transfer_mode::plain, false);
}

}  // namespace cohort::detail
