// connect(address): a connected stream.
#pragma once

#include "../async/detail/text.hpp"
#include "../async/error.hpp"
#include "../async/task.hpp"
#include "../sys/platform.hpp"
#include "address.hpp"
#include "detail/connect.hpp"
#include "resolve.hpp"
#include "stream.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort {

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
