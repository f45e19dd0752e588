#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace support {

/// The open descriptors of this process with what the system says they are ("pipe:[4711]", "/dev/null", ...). On Windows
/// these are the kernel handles, but for what the system's own libraries open and keep as they like.
std::map<int, std::string> open_fds();

/// A process as the system lists it.
class process_entry {
public:
    process_entry(pid_t pid, char state, std::string name) : pid_(pid), state_(state), name_(std::move(name)) {}
    pid_t pid() const noexcept { return pid_; }
    char state() const noexcept { return state_; }  ///< R, S, D, T, Z (zombie), ...; R on Windows
    const std::string& name() const noexcept { return name_; }

private:
    pid_t pid_;
    char state_;
    std::string name_;
};

/// The children of all threads of a process, zombies included; empty when the process is gone. 0 is this process.
std::vector<process_entry> child_processes(pid_t of = 0);

/// Processes that the tests started, that run, and that lost their parent; none without a watcher.
std::vector<process_entry> orphans();

pid_t own_process_id() noexcept;

/// Kills a process of whatever parent; returns at once.
void kill_process(pid_t pid) noexcept;

/// Kills a child of this process and waits for its end.
void end_child(pid_t pid) noexcept;

/// The state letter of a process, 0 when there is none of that id.
char process_state(pid_t pid);

/// The threads of a process by id, each with its name. 0 is this process. On Windows without those of the system's own pool.
std::map<pid_t, std::string> threads(pid_t of = 0);

/// Paths of shared memory of this process that would outlive it; none on Windows, where the last handle ends it.
std::vector<std::string> shared_memory_left();

/// How many objects of the system the C library keeps once it has made them, for the life of the process and in the
/// middle of any call: the events of mutexes that were contended, on Windows. They are not among open_fds().
std::size_t runtime_objects();

/// Bytes that malloc has given out.
std::size_t heap_bytes();

/// Resident memory of this process.
std::size_t rss_bytes();

}  // namespace support
