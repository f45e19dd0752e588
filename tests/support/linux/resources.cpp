#include "support/resources.hpp"

#include "support/temp_dir.hpp"
#include "support/watchdog.hpp"

#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <filesystem>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace support {

namespace {

/// The numeric entries of a directory of /proc; none when it is gone.
template <class Each>
void each_number(const std::string& path, Each each) {
    DIR* directory = ::opendir(path.c_str());
    if (!directory) return;
    const int own = ::dirfd(directory);
    while (dirent* entry = ::readdir(directory)) {
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') each(std::atoi(entry->d_name), own);
    }
    ::closedir(directory);
}

std::string proc(pid_t of) { return of ? "/proc/" + std::to_string(of) : "/proc/self"; }

/// A file of /proc, empty when its process is gone.
std::string read_or_empty(const std::string& path) {
    try {
        return read_file(path);
    } catch (const std::system_error&) {
        return {};
    }
}

/// pid (name) state ...: the name may itself hold spaces and parentheses.
process_entry entry_of(pid_t pid) {
    std::string stat = read_or_empty(proc(pid) + "/stat");
    std::size_t open = stat.find('('), close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close + 2 >= stat.size()) return {pid, 0, ""};
    return {pid, stat[close + 2], stat.substr(open + 1, close - open - 1)};
}

}  // namespace

std::map<int, std::string> open_fds() {
    std::map<int, std::string> found;
    each_number("/proc/self/fd", [&](int fd, int own) {
        if (fd == own) return;
        char target[4096];
        ssize_t length = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof target);
        found[fd] = length < 0 ? std::string("?") : std::string(target, std::size_t(length));
    });
    return found;
}

std::vector<process_entry> child_processes(pid_t of) {
    std::vector<process_entry> found;
    each_number(proc(of) + "/task", [&](int tid, int) {
        std::string list = read_or_empty(proc(of) + "/task/" + std::to_string(tid) + "/children");
        for (char* at = list.data();;) {
            char* end = at;
            long pid = std::strtol(at, &end, 10);
            if (end == at) break;
            at = end;
            process_entry entry = entry_of(pid_t(pid));
            if (entry.state()) found.push_back(std::move(entry));
        }
    });
    return found;
}

/// An orphan comes to the watcher, whose only other child is this process.
std::vector<process_entry> orphans() {
    std::vector<process_entry> found;
    if (!watcher()) return found;
    for (process_entry& entry : child_processes(watcher())) {
        if (entry.pid() != ::getpid() && entry.state() != 'Z') found.push_back(std::move(entry));
    }
    return found;
}

pid_t own_process_id() noexcept { return ::getpid(); }

void kill_process(pid_t pid) noexcept { ::kill(pid, SIGKILL); }

void end_child(pid_t pid) noexcept {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

char process_state(pid_t pid) { return entry_of(pid).state(); }

std::map<pid_t, std::string> threads(pid_t of) {
    std::map<pid_t, std::string> found;
    each_number(proc(of) + "/task", [&](int tid, int) {
        std::string name = read_or_empty(proc(of) + "/task/" + std::to_string(tid) + "/comm");
        if (name.empty()) return;
        name.pop_back();  // the newline
        found[tid] = std::move(name);
    });
    return found;
}

/// Those in /dev/shm that are known to be this run's: their names hold this process's id. (The directory is everybody's,
/// so that a new name alone says nothing while other programs run.)
std::vector<std::string> shared_memory_left() {
    std::vector<std::string> found;
    const std::string own = std::to_string(::getpid());
    std::error_code error;
    for (std::filesystem::directory_iterator at("/dev/shm", error), end; !error && at != end; at.increment(error)) {
        std::string path = at->path().string();
        if (path.find(own) != std::string::npos) found.push_back(std::move(path));
    }
    return found;
}

std::size_t runtime_objects() { return 0; }

std::size_t rss_bytes() {
    std::string pages = read_file("/proc/self/statm");
    return std::strtoull(pages.c_str() + pages.find(' '), nullptr, 10) * std::size_t(::sysconf(_SC_PAGESIZE));
}

}  // namespace support
