#include "support/leaks.hpp"

#include "support/wait.hpp"
#include "support/watchdog.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

namespace support {

namespace {

/// The files under this run's $TMPDIR, and those in /dev/shm that are known to be this run's: their names hold this process's id.
/// (The directory is everybody's, so that a new name alone says nothing while other programs run.)
std::set<std::string> files_left() {
    std::set<std::string> found;
    std::error_code error;
    if (const char* scratch = std::getenv("TMPDIR")) {
        for (std::filesystem::recursive_directory_iterator at(scratch, error), end; !error && at != end; at.increment(error)) {
            found.insert(at->path().string());
        }
    }
    const std::string own = std::to_string(::getpid());
    for (std::filesystem::directory_iterator at("/dev/shm", error), end; !error && at != end; at.increment(error)) {
        std::string path = at->path().string();
        if (path.find(own) != std::string::npos) found.insert(std::move(path));
    }
    return found;
}

/// Processes that lost their parent: they come to the watcher, whose only other child is this process.
std::vector<process_entry> orphans() {
    std::vector<process_entry> found;
    if (!watcher()) return found;
    for (process_entry& entry : child_processes(watcher())) {
        if (entry.pid() != ::getpid() && entry.state() != 'Z') found.push_back(std::move(entry));
    }
    return found;
}

bool contains(const std::vector<process_entry>& list, pid_t pid) {
    for (const process_entry& entry : list) {
        if (entry.pid() == pid) return true;
    }
    return false;
}

std::string describe(const process_entry& entry) {
    return std::to_string(entry.pid()) + " \"" + entry.name() + "\"" + (entry.state() == 'Z' ? " (zombie)" : "");
}

}  // namespace

inventory::inventory() : fds_(open_fds()), children_(child_processes()), threads_(threads()), files_(files_left()) {}

std::vector<std::string> inventory::differences() const {
    std::vector<std::string> found;
    for (const process_entry& child : child_processes()) {
        if (contains(children_, child.pid())) continue;
        found.push_back("child process " + describe(child));
        ::kill(child.pid(), SIGKILL);
        ::waitpid(child.pid(), nullptr, 0);
    }
    // A joined thread stays in /proc for an instant, an orphan that was killed until the watcher has reaped it.
    eventually([] { return orphans().empty(); }, std::chrono::seconds(1));
    for (const process_entry& orphan : orphans()) {
        found.push_back("orphaned process " + describe(orphan));
        ::kill(orphan.pid(), SIGKILL);
    }
    eventually([] { return orphans().empty(); }, std::chrono::seconds(1));
    eventually([&] { return threads().size() <= threads_.size(); }, std::chrono::seconds(1));
    for (const auto& [tid, name] : threads()) {
        if (!threads_.count(tid)) found.push_back("thread " + std::to_string(tid) + " \"" + name + "\"");
    }
    const std::map<int, std::string> fds = open_fds();
    for (const auto& [fd, target] : fds) {
        auto before = fds_.find(fd);
        if (before == fds_.end()) found.push_back("descriptor " + std::to_string(fd) + " -> " + target);
        else if (before->second != target)
            found.push_back("descriptor " + std::to_string(fd) + " -> " + target + ", was " + before->second);
    }
    for (const auto& [fd, target] : fds_) {
        if (!fds.count(fd)) found.push_back("descriptor " + std::to_string(fd) + " -> " + target + " was closed");
    }
    for (const std::string& file : files_left()) {
        if (!files_.count(file)) found.push_back("file " + file);
    }
    return found;
}

}  // namespace support
