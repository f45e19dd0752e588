#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace support {

/// The open descriptors of this process with what /proc/self/fd says they are ("pipe:[4711]", "/dev/null", ...).
std::map<int, std::string> open_fds();

/// A process as /proc shows it.
class process_entry {
public:
    process_entry(pid_t pid, char state, std::string name) : pid_(pid), state_(state), name_(std::move(name)) {}
    pid_t pid() const noexcept { return pid_; }
    char state() const noexcept { return state_; }  ///< R, S, D, T, Z (zombie), ...
    const std::string& name() const noexcept { return name_; }

private:
    pid_t pid_;
    char state_;
    std::string name_;
};

/// The children of all threads of a process, zombies included; empty when the process is gone. 0 is this process.
std::vector<process_entry> child_processes(pid_t of = 0);

/// The state letter of a process, 0 when there is none of that id.
char process_state(pid_t pid);

/// The threads of a process by id, each with its name. 0 is this process.
std::map<pid_t, std::string> threads(pid_t of = 0);

/// Resident memory of this process.
std::size_t rss_bytes();

}  // namespace support
