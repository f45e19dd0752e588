// Waiting for the end of a process by its pidfd.
//
// No SIGCHLD handler and no waitpid(-1): the pidfd becomes readable when the process has ended, and waitid(P_PIDFD)
// reaps exactly that one. Where somebody else has reaped it first, the kernel may still tell the status to the holder
// of the pidfd.
#pragma once

#include "../async/error.hpp"
#include "io_operation.hpp"
#include "loop.hpp"

namespace cohort {

/// The awaitable of `wait_exit`.
class exit_operation : public io_operation<exit_operation, loop, exit_request> {
public:
    explicit exit_operation(registration<loop>& pidfd) noexcept : io_operation("wait", pidfd) {}

    /// How the process ended.
    sys::exit_info await_resume() {
        throw_if_cancelled();
        if (info) return *info;
        if (!result) throw error(result.error(), "wait");
        throw error(info.error(), "wait");
    }
};

/// Completes when the process behind `pidfd` (registered with `descriptor_kind::process`) has ended, and reaps it. One
/// wait per process at a time. Errors: ECHILD where the status was taken by a wait outside the library and the kernel
/// (before Linux 6.15) does not keep it. Cancellation: the process is left alone and can be waited for again. Source:
/// waitid(2).
[[nodiscard("co_await it")]] inline exit_operation wait_exit(registration<loop>& pidfd) noexcept {
    return exit_operation(pidfd);
}

}  // namespace cohort
