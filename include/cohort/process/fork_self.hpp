// fork_self: this program again, as a worker.
#pragma once

#include "../async/error.hpp"
#include "../async/task.hpp"
#include "../sys/platform.hpp"
#include "../sys/process.hpp"
#include "command.hpp"
#include "detail/inherited.hpp"
#include "this_process.hpp"
#include "worker_process.hpp"

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

namespace cohort {

/// The command that starts this program again in a role, with arguments for it: for `fork`, where slots, environment or
/// limits are to be said. On Linux the very file that runs now is executed, also if it has been replaced on
/// disk; elsewhere what stands by now at the path that it was started by.
///
/// Errors: ENOTSUP in a process that was itself started for a role and whose main does not call `run`: it would start
/// itself without end.
template <class... Args>
COHORT_COLD command self(std::string_view role, const Args&... arguments) {
    detail::inherited& mine = detail::inherited::get();
    if (!mine.role().empty() && !mine.entered())
        throw error(ENOTSUP, "fork_self, where main has not called cohort::run, in role", mine.role());
    std::string path = process::executable();
    constexpr std::string_view deleted = " (deleted)";
    if (path.ends_with(deleted)) path.resize(path.size() - deleted.size());
    // Where the system has no name for the very file, it is the path that it was started by.
    const bool by_itself = sys::own_executable[0] != '\0';
    command again(by_itself ? std::string(sys::own_executable) : path, arguments...);
    again.argv0(path).env(detail::role_variable, role);
    if (by_itself) again.data().fallback_program = std::move(path);
    again.data().label = role;
    return again;
}

/// Starts this program again as a worker in the role `name` (see `role`), with a channel. There is no fork without exec
/// here: in a program with threads it cannot be made safe.
///
///     co::worker_process<link> w = co_await co::fork_self<link>("renderer", "--fast");
template <class Channel, class... Args>
[[nodiscard("co_await it")]] fork_operation<Channel> fork_self(std::string_view name, const Args&... arguments) {
    return fork<Channel>(self(name, arguments...));
}

}  // namespace cohort
