/// @file
/// A started process with what it starts: how both are reached by signals.
///
/// Why the process is signalled and never a successor of its number: signals go by the pidfd, or, for a group, by the
/// leader's number while the leader has not been reaped, so that nobody else can have it. After that a group is
/// signalled by the pidfd as well (Linux 6.9); older kernels are given the number, which belongs to the group as long as
/// that has a member, right after a look that found one.
#pragma once

#include "../exit_info.hpp"
#include "../pidfd.hpp"
#include "../poll.hpp"
#include "../process_group.hpp"
#include "../spawn.hpp"
#include "signal.hpp"

#include <cerrno>

namespace cohort::sys {

/// Whether the process has ended, reaped or not.
inline bool pidfd_ended(int pidfd) noexcept {
    poll_entry entry{pidfd, poll_in, 0};
    const auto found = sys::poll(&entry, 1, 0);
    return found && *found == 1;
}

class process_tree {
public:
    process_tree(const spawned& made, bool leads_group) noexcept : pid_(made.pid), group_(leads_group) {}

    /// Whether others belong to it.
    bool group() const noexcept { return group_; }

    /// Sends a signal to the process, with its group if it leads one.
    COHORT_COLD outcome<> signal(int pidfd, int sig) const noexcept {
        return group_ ? with_group(pidfd, sig, kill(-pid_, sig)) : pidfd_send_signal(pidfd, sig);
    }

    /// The same for the others of the group, when the leader has been reaped.
    COHORT_COLD outcome<> signal_rest(int pidfd, int sig) const noexcept {
        const auto sent = pidfd_signal_group(pidfd, sig);
        return with_group(pidfd, sig, sent.error() == EINVAL ? kill(-pid_, sig) : sent);
    }

    /// Whether others of the group run, now that the leader has been reaped.
    COHORT_COLD bool rest_runs(int pidfd) const noexcept {
        const auto asked = pidfd_signal_group(pidfd, 0);
        const int code = asked.error() == EINVAL ? kill(-pid_, 0).error() : asked.error();
        return code != ESRCH && group_runs(pid_);
    }

    /// Nothing ends it with this process.
    void let_live() const noexcept {}

    /// How it ended, knowing what it was asked.
    exit_info explained(const exit_info& info) const noexcept { return info; }

private:
    /// No group: it has left its own, as a session leader may not but others may.
    static outcome<> with_group(int pidfd, int sig, outcome<> sent) noexcept {
        return sent || sent.error() != ESRCH ? sent : pidfd_send_signal(pidfd, sig);
    }

    process_id pid_;
    bool group_;
};

}  // namespace cohort::sys
