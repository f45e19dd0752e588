// connect(address): a connected stream.
#pragma once

#include "../async/detail/text.hpp"
#include "../async/error.hpp"
#include "../async/sleep.hpp"
#include "../async/task.hpp"
#include "../detail/chrono.hpp"
#include "../reactor/cancellation_point.hpp"
#include "../reactor/readable.hpp"
#include "../sys/platform.hpp"
#include "../sys/socket.hpp"
#include "../sys/socket_option.hpp"
#include "address.hpp"
#include "handle.hpp"
#include "resolve.hpp"
#include "stream.hpp"

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort {

namespace detail {

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

}  // namespace detail

/// Completes when the connection to `to` stands, with its stream. A Unix listener whose queue is full is asked again,
/// at first every millisecond, then less often. Errors: ECONNREFUSED, ETIMEDOUT, ENETUNREACH, ENOENT; put a `timeout`
/// around it, for the system's own is minutes. Cancellation: the half-open socket is closed. Source: connect(2).
template <class = void>
task<stream> connect(address to) {
    stream made;
    const int failed = co_await detail::connect_to(made, to);
    if (failed != 0) throw error(failed, "connect", to.to_string());
    co_return std::move(made);
}

/// The same by name: resolves `host` and tries its addresses in order until one connects. Errors: of `resolve`; that of
/// the last address, with all that were tried in its subject. Cancellation: as of `resolve` and `connect`.
template <class Lazy = void>
task<stream> connect(std::string host, std::string service) {
    const std::vector<address> found = co_await resolve<Lazy>(host, service);
    std::string tried;
    int failed = 0;
    for (const address& to : found) {
        stream made;
        failed = co_await detail::connect_to(made, to);
        if (failed == 0) co_return std::move(made);
        if (!tried.empty()) tried += ", ";
        tried += to.to_string();
    }
    throw error(failed, "connect", detail::joined(detail::joined(host, ":", service), " (", tried, ")"));
}

/// The same with a port number.
template <class Lazy = void>
task<stream> connect(std::string host, std::uint16_t port) {
    return connect<Lazy>(std::move(host), std::string(detail::decimal(port)));
}

}  // namespace cohort

COHORT_COROUTINE_WARNINGS_POP
