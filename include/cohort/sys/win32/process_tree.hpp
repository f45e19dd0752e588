/// @file
/// A started process with what it starts: how both are reached by signals, and what ends them with this process.
///
/// Each is in a job object of its own. In that of a process that leads a group are all that it starts as well; they are
/// its group, whoever of them has ended. As long as the job's handle is open here the group can be ended, and counted.
/// The job ends what is in it with its last handle, so that a crash of this process leaves no child behind; who lets a
/// process live on says so by `let_live`.
#pragma once

#include "pidfd.hpp"
#include "spawn_plan.hpp"

#include <cerrno>

namespace cohort::sys {

namespace detail {

/// What holds of a job's processes. JobObjectExtendedLimitInformation.
inline outcome<> limit_job(::HANDLE job, ::DWORD flags) noexcept {
    ::JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    limits.BasicLimitInformation.LimitFlags = flags;
    if (::SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits)) return success();
    return failure(last_error());
}

/// A job that ends what is in it with its last handle. `group`: what the process starts is in it too.
COHORT_COLD inline outcome<int> make_job(bool group) noexcept {
    return once<call::spawn_group, int>([&]() -> outcome<int> {
        const ::HANDLE job = ::CreateJobObjectW(nullptr, nullptr);
        if (!job) return failure(last_error());
        const outcome<> limited = limit_job(
            job, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | (group ? 0u : JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK));
        if (limited) return descriptor_of(job);
        ::CloseHandle(job);
        return failure(limited.error());
    });
}

}  // namespace detail

class process_tree {
public:
    /// Takes over the job.
    process_tree(const spawned& made, bool leads_group) noexcept
        : job_(handle_of(made.job)), leader_(static_cast<::DWORD>(made.pid)), group_(leads_group) {}
    process_tree(const process_tree&) = delete;
    process_tree& operator=(const process_tree&) = delete;
    COHORT_COLD ~process_tree() {
        let_live();
        ::CloseHandle(job_);
    }

    /// Whether others belong to it.
    bool group() const noexcept { return group_; }

    /// Sends a signal to the process, with its group if it leads one, as `pidfd_send_signal` does. ESRCH: all have
    /// ended. TerminateJobObject.
    COHORT_COLD outcome<> signal(int pidfd, int sig) noexcept {
        const outcome<> sent = group_ ? signal_group(sig) : pidfd_send_signal(pidfd, sig);
        if (sent && detail::is_request(sig)) asked_ = sig;
        return sent;
    }

    /// The same for the others of the group, when the leader has been waited for.
    COHORT_COLD outcome<> signal_rest(int pidfd, int sig) noexcept { return signal(pidfd, sig); }

    /// Whether others of the group run. QueryInformationJobObject.
    COHORT_COLD bool rest_runs(int) const noexcept { return runs(); }

    /// What is in the job lives on when this process ends.
    COHORT_COLD void let_live() noexcept {
        // Where it fails it is ended with this process.
        static_cast<void>(detail::limit_job(job_, group_ ? 0 : JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK));
    }

    /// How it ended, knowing what it was asked: the console tells programs of one kind of end only.
    exit_info explained(const exit_info& info) const noexcept { return sys::explained(info, asked_); }

private:
    COHORT_COLD outcome<> signal_group(int sig) const noexcept {
        return detail::once<call::pidfd_send_signal, void>([&]() -> outcome<> {
            const bool deadly = detail::is_deadly(sig);
            const bool asks = detail::is_request(sig);
            if (!deadly && !asks && sig != 0 && sig != sigcont) return failure(EINVAL);
            if (!runs()) return failure(ESRCH);
            if (!deadly && (!asks || detail::ask_group(leader_))) return success();
            if (::TerminateJobObject(job_, exit_code_for(sig))) return success();
            return failure(last_error());
        });
    }

    bool runs() const noexcept {
        ::JOBOBJECT_BASIC_ACCOUNTING_INFORMATION found{};
        if (!::QueryInformationJobObject(job_, JobObjectBasicAccountingInformation, &found, sizeof found, nullptr))
            return true;
        return found.ActiveProcesses > 0;
    }

    ::HANDLE job_;
    ::DWORD leader_;
    bool group_;
    int asked_ = 0;  // the last request that went out
};

}  // namespace cohort::sys
