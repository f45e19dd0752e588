#pragma once
// Running a test's body on a loop.
#include "support/loop_driver.hpp"
#include "support/test.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/async/timeout.hpp>
#include <cohort/async/yield.hpp>
#include <cohort/io.hpp>

#include <string>
#include <utility>

namespace co = cohort;

/// Runs a coroutine function on a loop of its own; what the body makes is gone before the loop is.
template <class Body>
void on_loop(Body body) {
    co::loop loop;
    loop.run(body());
}

/// Reads until the end of the stream.
template <class Stream>
co::task<std::string> drain(Stream& from) {
    std::string all;
    char piece[4096];
    for (;;) {
        const std::size_t count = co_await from.read_some(std::as_writable_bytes(std::span(piece)));
        if (count == 0) co_return all;
        all.append(piece, count);
    }
}

/// What went wrong, or "no error".
template <class T>
std::string said(const co::result<T>& outcome) {
    return outcome ? "no error" : outcome.message();
}

/// Whether the system has sockets with Unix addresses. Windows' own know no overlapped calls, and so are not used.
inline bool have_unix_sockets() {
    const auto probe = co::sys::socket(AF_UNIX, co::sys::stream_socket);
    return co::handle(probe.value_or(-1)).native() >= 0;
}
