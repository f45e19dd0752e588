// What a loop asks of the system: the backend concept.
//
// The interface is in completion style, so that systems which report readiness (epoll, poll, kqueue) and systems which
// report completions (io_uring, IOCP) fit behind it alike. Readiness systems share `readiness_backend` and differ in a
// small poller each.
#pragma once

#include "request.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace cohort {

/// What a descriptor is to the backend; known to who made it, so that no fstat(2) is needed.
enum class descriptor_kind : unsigned char {
    stream,   ///< pipe or stream socket: a short read means that it is drained
    other,    ///< listener, datagram socket, terminal: only EAGAIN means that
    process,  ///< pidfd: its events are handled before all others of a turn
};

/// A source of completions for one loop. All calls come from the loop's thread, except `wake`.
///
///  * `open(fd, kind)` makes the backend's record of a non-blocking descriptor. No system call is made before something
///    has to wait. `close(record)` forgets it: requests that wait complete with ECANCELED. The descriptor itself is the
///    caller's.
///  * `submit(record, request)` starts a request. True: it completed at once, `request.result` is set. False:
///    `on_complete` will be called from a later `wait`.
///  * Optional, for systems that report readiness: `attempt_now(fd, request)` tries a request on a descriptor without a
///    record; false if it would block, and then `submit_blocked(record, request)` lets it wait.
///  * `withdraw(record, request)` takes a waiting request back: true if it is withdrawn without effect; false if its
///    completion is still to come (it may then carry a value or ECANCELED).
///  * `wait(timeout)` waits at most `timeout` nanoseconds (0: does not wait, negative: no limit) and completes what is
///    ready, ends of processes first. Returns how many requests it completed.
///  * `wake()` makes a `wait` that another thread is in return soon; from any thread.
template <class Backend>
concept backend = requires(Backend b, typename Backend::descriptor& d, read_request& r, write_request& w,
                           exit_request& x) {
    { b.open(0, descriptor_kind::stream) } -> std::same_as<typename Backend::descriptor&>;
    b.close(d);
    { b.submit(d, r) } -> std::same_as<bool>;
    { b.submit(d, w) } -> std::same_as<bool>;
    { b.submit(d, x) } -> std::same_as<bool>;
    { b.withdraw(d, r) } -> std::same_as<bool>;
    { b.wait(std::int64_t{0}) } -> std::same_as<std::size_t>;
    { b.wake() } noexcept;
    { Backend::name } -> std::convertible_to<const char*>;
};

}  // namespace cohort
