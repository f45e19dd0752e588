#include "support/resources.hpp"

#include "support/temp_dir.hpp"

#include <cstdlib>
#include <dirent.h>
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

std::size_t rss_bytes() {
    std::string pages = read_file("/proc/self/statm");
    return std::strtoull(pages.c_str() + pages.find(' '), nullptr, 10) * std::size_t(::sysconf(_SC_PAGESIZE));
}

}  // namespace support
