/// @file
/// What `spawn` starts, all of it prepared by the caller: between the clone and the exec nothing is allocated or looked
/// up.
#pragma once

#include "../../detail/view.hpp"
#include "../platform.hpp"

#include <cerrno>
#include <cstdint>
#include <type_traits>

#include <sys/types.h>

namespace cohort::sys {

/// A descriptor of the child (`child_fd`) and the descriptor of this process that it is a copy of. The two may be
/// equal.
struct fd_mapping {
    int child_fd = -1;
    int source_fd = -1;
};

/// A limit of setrlimit(2): `resource` is RLIMIT_NOFILE and its like, RLIM_INFINITY is no limit.
struct resource_limit {
    int resource = 0;
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
};

/// The steps of a spawn, in their order; a failure names its own.
enum class spawn_step : std::uint8_t {
    none,           ///< nothing failed
    prepare,        ///< the plan contradicts itself, or a resource of this process is short
    clone,          ///< no new process
    signals,        ///< dispositions and mask
    session,        ///< setsid
    process_group,  ///< setpgid
    directory,      ///< chdir
    priority,       ///< setpriority
    descriptors,    ///< a descriptor of the map could not be copied into place
    close_others,   ///< the descriptors that are not in the map could not be closed
    limits,         ///< setrlimit
    groups,         ///< setgroups
    group_id,       ///< setresgid
    user_id,        ///< setresuid
    parent_death,   ///< prctl PR_SET_PDEATHSIG
    exec,           ///< execve, of every candidate
};

/// The step's own spelling.
constexpr const char* name(spawn_step step) noexcept {
    constexpr const char* names[] = {
        "none",        "prepare",      "clone",  "signals", "session",  "process_group", "directory",    "priority",
        "descriptors", "close_others", "limits", "groups",  "group_id", "user_id",       "parent_death", "exec"};
    return names[static_cast<std::uint8_t>(step)];
}

/// Why a spawn failed: which step, and its error number.
struct spawn_failure {
    spawn_step step = spawn_step::none;
    int error = 0;
};

namespace detail {
/// Whether the next candidate is tried after this error; `forbidden` keeps that there was one that may not be executed.
COHORT_ALWAYS_INLINE COHORT_NO_SANITIZE inline bool search_goes_on(int error, bool& forbidden) noexcept {
    if (error == EACCES) forbidden = true;
    return error == EACCES || error == ENOENT || error == ENOTDIR || error == ESTALE || error == ENODEV ||
           error == ETIMEDOUT;
}
}  // namespace detail

/// A started child: its number, and a descriptor (close-on-exec) that names it even when the number is reused. The
/// caller closes the one and waits for the other.
struct spawned {
    ::pid_t pid = -1;
    int pidfd = -1;
};

/// A part of the plan that need not be said. Read like an optional, which takes a compiler far longer.
template <class T>
class setting {
public:
    [[gnu::always_inline]] setting() noexcept {}
    template <class Value>
        requires std::is_convertible_v<const Value&, T>
    [[gnu::always_inline]] setting(const Value& value) noexcept : value_(static_cast<T>(value)), said_(true) {}

    [[gnu::always_inline]] explicit operator bool() const noexcept { return said_; }
    [[gnu::always_inline]] const T& operator*() const noexcept { return value_; }
    [[gnu::always_inline]] const T* operator->() const noexcept { return &value_; }

private:
    T value_{};
    bool said_ = false;
};

/// The plan. Everything that it points to is the caller's and is only read, until `spawn` returns.
struct spawn_plan {
    /// The paths to execute, tried in this order: what a search of PATH came to. The first that can be executed is it;
    /// missing and forbidden ones are passed over (EACCES wins over ENOENT in the report), any other error ends the
    /// search. A script without an interpreter line is ENOEXEC; no shell is tried.
    cohort::detail::view<const char* const> programs;
    /// argv, null-terminated.
    const char* const* arguments = nullptr;
    /// For systems that hand over a line, where the reader of the last argument may have rules of its own. Without effect
    /// here: every argument arrives as it is.
    bool last_argument_is_raw = false;
    /// envp, null-terminated; null is an empty environment.
    const char* const* environment = nullptr;
    /// The directory to start in; null: this process's own. A relative program path is relative to it.
    const char* directory = nullptr;
    /// Exactly the descriptors that the child gets, each child_fd once, in any order and any permutation. What is not
    /// named is closed: 0, 1 and 2 as well.
    cohort::detail::view<const fd_mapping> descriptors;

    /// A session of its own (setsid), hence a group of its own and no controlling terminal.
    bool new_session = false;
    /// The process group to join; 0: a new one of its own. Not together with `new_session`.
    setting<::pid_t> process_group;
    /// Real, effective and saved ids. Supplementary groups are replaced where `groups` is set, by none if it is empty.
    setting<::uid_t> user;
    setting<::gid_t> group;
    setting<cohort::detail::view<const ::gid_t>> groups;
    /// The nice value, -20 to 19.
    setting<int> priority;
    /// The file creation mask.
    setting<::mode_t> umask;
    cohort::detail::view<const resource_limit> limits;
    /// Linux: the signal that the child gets when the *thread* that spawned it ends; 0: none. Forgotten when the
    /// program executed is set-user-ID.
    int parent_death_signal = 0;
    /// Signals that the child ignores (as nohup does with SIGHUP): bit n - 1 for signal n. All others are at their
    /// default.
    std::uint64_t ignored_signals = 0;
};

}  // namespace cohort::sys
