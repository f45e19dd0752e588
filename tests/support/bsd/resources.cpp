#include "support/resources.hpp"

#include "support/bsd/system.hpp"
#include "support/watchdog.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {

std::map<int, std::string> open_fds() {
    std::map<int, std::string> found;
    const int limit = ::getdtablesize() < 65536 ? ::getdtablesize() : 65536;
    for (int fd = 0; fd < limit; ++fd) {
        struct stat status {};
        if (::fcntl(fd, F_GETFD) == -1) continue;
        if (::fstat(fd, &status) != 0) {
            found[fd] = "?";
            continue;
        }
        const char* kind = S_ISREG(status.st_mode)    ? "file"
                           : S_ISDIR(status.st_mode)  ? "directory"
                           : S_ISCHR(status.st_mode)  ? "device"
                           : S_ISFIFO(status.st_mode) ? "pipe or queue"
                           : S_ISSOCK(status.st_mode) ? "socket"
                                                      : "other";
        found[fd] = std::string(kind) + ":[" + std::to_string(status.st_ino) + "]";
    }
    return found;
}

std::vector<process_entry> child_processes(pid_t of) {
    const pid_t parent = of ? of : ::getpid();
    std::vector<process_entry> found;
    for (bsd::process_row& row : bsd::process_table())
        if (row.parent == parent) found.push_back(std::move(row.entry));
    return found;
}

/// An orphan comes to the watcher, whose only other child is this process; on macOS to the system, where nobody knows whose it was.
std::vector<process_entry> orphans() {
    std::vector<process_entry> found;
    if (!watcher()) return found;
    for (process_entry& entry : child_processes(watcher()))
        if (entry.pid() != ::getpid() && entry.state() != 'Z') found.push_back(std::move(entry));
    return found;
}

pid_t own_process_id() noexcept { return ::getpid(); }

void kill_process(pid_t pid) noexcept { ::kill(pid, SIGKILL); }

void end_child(pid_t pid) noexcept {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

char process_state(pid_t pid) {
    const std::vector<bsd::process_row> rows = bsd::process_table(pid);
    return rows.empty() ? '\0' : rows.front().entry.state();
}

std::map<pid_t, std::string> threads(pid_t of) { return bsd::threads(of); }

/// Names of shared memory are in no directory here.
std::vector<std::string> shared_memory_left() { return {}; }

std::size_t runtime_objects() { return 0; }

/// The largest it has been: what it is now takes rights on macOS.
std::size_t rss_bytes() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<std::size_t>(used.ru_maxrss) * 1024;
}

}  // namespace support
