// Connecting on Windows: one overlapped call.
#pragma once

#include "../../../async/task.hpp"
#include "../../../reactor/cancellation_point.hpp"
#include "../../../reactor/io_operation.hpp"
#include "../../../reactor/loop.hpp"
#include "../../../sys/platform.hpp"
#include "../../../sys/socket.hpp"
#include "../../address.hpp"
#include "../../handle.hpp"
#include "../../stream.hpp"
#include "../requests.hpp"

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort::detail {

class connect_operation : public io_operation<connect_operation, loop, connect_request> {
public:
    connect_operation(registration<loop>& on, const address& where) noexcept : io_operation("connect", on, where) {}

    int await_resume() {
        throw_if_cancelled();
        return result.error();
    }
};

/// Connects, and gives an error number in place of throwing it; cancellation is thrown.
template <class = void>
task<int> connect_to(stream& made, address to) {
    cancellation_point entry;
    co_await entry;
    const auto fd = sys::socket(to.family(), sys::stream_socket);
    if (!fd) co_return fd.error();
    made = stream(handle(*fd), stream::type::socket);
    connect_operation connecting(made.registered(), to);
    co_return co_await connecting;
}

}  // namespace cohort::detail

COHORT_COROUTINE_WARNINGS_POP
