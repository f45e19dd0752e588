/// @file
/// What `spawn` starts on Windows. What a process cannot have here (a user's number, a mask, limits by number) has no
/// place in the plan, so that asking for it does not compile.
#pragma once

#include "../../detail/view.hpp"
#include "process.hpp"

#include <cstdint>
#include <type_traits>

namespace cohort::sys {

/// A descriptor of the child (`child_fd`) and the descriptor of this process that it is a copy of. 0, 1 and 2 are the
/// child's standard handles. Those beyond reach programs of Microsoft's C library and its like, under these numbers.
struct fd_mapping {
    int child_fd = -1;
    int source_fd = -1;
};

/// The steps of a spawn, in their order; a failure names its own.
enum class spawn_step : std::uint8_t {
    none,         ///< nothing failed
    prepare,      ///< the plan contradicts itself, or a resource of this process is short
    directory,    ///< there is no such directory
    descriptors,  ///< a descriptor of the map could not be copied
    group,        ///< no job object for the process and its children
    exec,         ///< no program could be started, of all candidates
};

/// The step's own spelling.
constexpr const char* name(spawn_step step) noexcept {
    constexpr const char* names[] = {"none", "prepare", "directory", "descriptors", "group", "exec"};
    return names[static_cast<std::uint8_t>(step)];
}

/// Why a spawn failed: which step, and its error number.
struct spawn_failure {
    spawn_step step = spawn_step::none;
    int error = 0;
};

/// A started child: its number, its handle, and the job object that holds it and, where it leads a group, all that it
/// starts. The caller closes both descriptors.
struct spawned {
    process_id pid = -1;
    int pidfd = -1;
    int job = -1;
};

/// A part of the plan that need not be said.
template <class T>
class setting {
public:
    setting() noexcept {}
    template <class Value>
        requires std::is_convertible_v<const Value&, T>
    setting(const Value& value) noexcept : value_(static_cast<T>(value)), said_(true) {}

    explicit operator bool() const noexcept { return said_; }
    const T& operator*() const noexcept { return value_; }

private:
    T value_{};
    bool said_ = false;
};

/// The plan. All texts are UTF-8. Everything that it points to is the caller's and is only read, until `spawn` returns.
struct spawn_plan {
    /// The paths to execute, tried in this order: what a search of PATH came to. The first that can be executed is it;
    /// missing and forbidden ones are passed over (what is forbidden wins in the report), any other error ends the
    /// search. A batch file (.bat, .cmd) is run by cmd.exe, which gets its arguments so that it acts upon none of them;
    /// EINVAL for an argument with the end of a line, which nothing can carry there.
    cohort::detail::view<const char* const> programs;
    /// argv, null-terminated. EILSEQ: not UTF-8. E2BIG: a line of more than 32766 characters. EINVAL: a quote in the
    /// first, which stands for the program.
    const char* const* arguments = nullptr;
    /// The last argument is put on the line as it is: a program with rules of its own, such as cmd.exe, reads it.
    bool last_argument_is_raw = false;
    /// envp, null-terminated; null is an empty environment.
    const char* const* environment = nullptr;
    /// The directory to start in; null: this process's own. A relative program path is relative to it.
    const char* directory = nullptr;
    /// Exactly the descriptors that the child gets, each child_fd once, in any order. What is not named it has not: 0, 1
    /// and 2 as well. EBADF: a number above 2047, which no program takes.
    cohort::detail::view<const fd_mapping> descriptors;

    /// A console of its own, which is not shown, hence a group of its own.
    bool new_session = false;
    /// 0: a new group of its own, whose processes `process_tree` reaches all. Other numbers: EINVAL.
    setting<process_id> process_group;
    /// The nice value, -20 to 19, as one of five classes of priority.
    setting<int> priority;
};

}  // namespace cohort::sys
