// adopt(handle), standard_input(), standard_output(), standard_error(): streams over descriptions that others share.
//
// O_NONBLOCK belongs to the open file description, which every copy of a descriptor shares, in other processes too:
// setting it on an inherited stdout makes the shell's next program fail with EAGAIN. So it is never touched here.
// Instead:
//  * a pipe or terminal is opened once more through /proc/self/fd, which gives a description of our own;
//  * a socket, which cannot be reopened, is asked not to wait call by call (MSG_DONTWAIT);
//  * a pipe or terminal that may not be reopened is asked by poll(2) before each transfer, and written in pieces of at
//    most PIPE_BUF, which a pipe that polls writable takes without waiting. Another process that uses the same
//    description between the poll and the transfer can still make it wait: nothing portable prevents that;
//  * what never waits (regular files, /dev/null) is used directly;
//  * other devices are asked by poll(2) as well: opened again, most would not be the same.
//
// On Windows a handle is for overlapped calls or for such that wait, as it was opened: the first are used like any
// stream's, the others by a thread of the system's pool.
#pragma once

#include "../async/error.hpp"
#include "../sys/file.hpp"
#include "../sys/io.hpp"
#include "detail/adopt.hpp"
#include "handle.hpp"
#include "stream.hpp"

#include <utility>

namespace cohort {

/// A stream over a descriptor of any kind whose description others may share: inherited, received, copied. Its flags
/// are left as they are. `how` says what the stream is for, as the system does not reopen a pipe's end for more. Does
/// not wait. Errors: EBADF.
[[nodiscard]] inline stream adopt(handle fd, direction how) {
    const auto kind = sys::kind(fd.native());
    if (!kind) throw error(kind.error(), "adopt");
    return detail::adopt_kind(std::move(fd), *kind, how == direction::read ? sys::open_read : sys::open_write);
}

namespace detail {

inline stream standard_stream(int number, direction how, const char* name) {
    // A copy above the standard numbers: closing the stream leaves 0, 1 and 2 alone.
    const auto copy = sys::dup(number, 3);
    if (!copy) throw error(copy.error(), name);
    return adopt(handle(*copy), how);
}

}  // namespace detail

/// Standard input as a stream. Leaves the description's flags alone, and descriptor 0 open when it is destroyed. Make
/// it once: what one such stream has read another does not see. Errors: EBADF where descriptor 0 is closed.
[[nodiscard]] inline stream standard_input() { return detail::standard_stream(0, direction::read, "standard_input"); }

/// Standard output as a stream; writes go past the buffers of stdio and iostream, so flush those before. Otherwise as
/// `standard_input`.
[[nodiscard]] inline stream standard_output() {
    return detail::standard_stream(1, direction::write, "standard_output");
}

/// Standard error as a stream.
[[nodiscard]] inline stream standard_error() { return detail::standard_stream(2, direction::write, "standard_error"); }

}  // namespace cohort
