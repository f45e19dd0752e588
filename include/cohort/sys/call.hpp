/// @file
/// The names of the system calls that this floor makes, for the fault seam and for diagnostics.
#pragma once

#include <cstddef>
#include <cstdint>

// A wrapper and its name meet in exactly one place: the wrapper's own body.
// clang-format off
#define COHORT_SYS_CALLS(X)                                                                                           \
    X(read) X(write) X(readv) X(writev) X(close) X(dup) X(pipe) X(get_flags) X(set_flags) X(status)                   \
    X(bytes_readable) X(open) X(pread) X(pwrite) X(lseek) X(fsync) X(ftruncate) X(unlink) X(mkdir) X(rmdir)           \
    X(rename) X(poll) X(epoll_create) X(epoll_control) X(epoll_wait) X(eventfd) X(eventfd_signal)                     \
    X(eventfd_drain) X(socket) X(socketpair) X(bind) X(listen) X(accept) X(connect) X(shutdown) X(get_option)         \
    X(set_option) X(local_address) X(peer_address) X(send) X(recv) X(sendto) X(recvfrom) X(sendmsg) X(recvmsg)        \
    X(resolve) X(sigaction) X(sigmask) X(sigtimedwait) X(kill) X(raise) X(getcwd) X(executable_path) X(affinity)      \
    X(wait_pid) X(pidfd_open) X(pidfd_send_signal) X(pidfd_wait) X(pidfd_info) X(splice) X(memfd_create)              \
    X(pipe_size) X(readlink) X(thread_start) X(spawn_clone) X(spawn_signals) X(spawn_session) X(spawn_group)          \
    X(spawn_directory) X(spawn_limits) X(spawn_priority) X(spawn_dup) X(spawn_keep) X(spawn_close_range)              \
    X(spawn_close_others) X(spawn_groups) X(spawn_group_id) X(spawn_user_id) X(spawn_parent_death) X(spawn_exec)      \
    X(port_create) X(port_associate) X(port_post) X(port_wait) X(wait_register) X(kqueue_create) X(kqueue_control)    \
    X(kqueue_wait)
// clang-format on

namespace cohort::sys {

/// A system call of this floor. `any` stands for all of them taken together.
enum class call : std::uint8_t {
    any,
#define COHORT_SYS_ENUMERATOR(name) name,
    COHORT_SYS_CALLS(COHORT_SYS_ENUMERATOR)
#undef COHORT_SYS_ENUMERATOR
};

namespace detail {
inline constexpr const char* call_names[] = {"any",
#define COHORT_SYS_NAME(name) #name,
                                             COHORT_SYS_CALLS(COHORT_SYS_NAME)
#undef COHORT_SYS_NAME
};
}  // namespace detail

/// How many enumerators `call` has, `any` included.
inline constexpr std::size_t call_count = sizeof(detail::call_names) / sizeof(detail::call_names[0]);

/// The enumerator's own spelling.
constexpr const char* name(call which) noexcept { return detail::call_names[static_cast<std::size_t>(which)]; }

}  // namespace cohort::sys

#undef COHORT_SYS_CALLS
