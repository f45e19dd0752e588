// Connecting on systems that report readiness: begun by connect(2), done when the socket is writable.
#pragma once

#include "../../../async/sleep.hpp"
#include "../../../async/task.hpp"
#include "../../../detail/chrono.hpp"
#include "../../../reactor/cancellation_point.hpp"
#include "../../../reactor/readable.hpp"
#include "../../../sys/platform.hpp"
#include "../../../sys/socket.hpp"
#include "../../../sys/socket_option.hpp"
#include "../../address.hpp"
#include "../../handle.hpp"
#include "../../stream.hpp"

#include <cerrno>

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort::detail {

/// Connects, and gives an error number in place of throwing it; cancellation is thrown.
template <class = void>
task<int> connect_to(stream& made, address to) {
    cancellation_point entry;
    co_await entry;
    const auto fd = sys::socket(to.family(), sys::stream_socket);
    if (!fd) co_return fd.error();
    made = stream(handle(*fd), stream::type::socket);
    for (std::chrono::milliseconds delay(1);;) {
        const auto begun = sys::connect(made.native(), to);
        switch (begun.error()) {
        case 0:
        case EISCONN: co_return 0;  // that is what an interrupted call may say when it is made again
        case EINTR: continue;
        case EINPROGRESS:
        case EALREADY: {
            co_await writable(made.registered());
            const auto pending = sys::connect_error(made.native());
            co_return pending ? *pending : pending.error();
        }
        case EAGAIN: break;
        default: co_return begun.error();
        }
        // A Unix listener whose queue is full: nothing has begun, and nothing tells when there is room.
        if (!to.is_unix()) co_return EAGAIN;
        co_await sleep(delay);
        if (delay < std::chrono::milliseconds(64)) delay *= 2;
    }
}

}  // namespace cohort::detail

COHORT_COROUTINE_WARNINGS_POP
