// This process: its number, its parent, what it may use.
#pragma once

#include "../async/error.hpp"
#include "../sys/platform.hpp"
#include "../sys/process.hpp"

#include <cerrno>
#include <string>

namespace cohort::process {

/// The number of this process.
inline int pid() noexcept { return sys::getpid(); }

/// The number of the process that started this one, or of who adopted it.
inline int parent_pid() noexcept { return sys::getppid(); }

/// On how many CPUs this process may run, at least 1: what taskset and cpusets leave.
inline int cpu_count() noexcept { return sys::usable_cpus().value_or(1); }

/// The path of the running program. Errors: ENOENT without /proc. Source: proc(5).
COHORT_COLD inline std::string executable() {
    std::string path(256, '\0');
    for (;;) {
        const auto length = sys::executable_path(path.data(), path.size());
        if (length) {
            path.resize(*length);
            return path;
        }
        if (length.error() != ERANGE) throw error(length.error(), "executable", sys::own_executable);
        path.resize(2 * path.size());
    }
}

}  // namespace cohort::process
