#include "support/leaks.hpp"

#include "support/environment.hpp"
#include "support/wait.hpp"

#include <filesystem>

namespace support {

namespace {

/// The files under this run's $TMPDIR, and shared memory by name.
std::set<std::string> files_left() {
    std::set<std::string> found;
    std::error_code error;
    const std::string scratch = environment("TMPDIR");
    if (!scratch.empty()) {
        const std::filesystem::path top(std::u8string(scratch.begin(), scratch.end()));
        for (std::filesystem::recursive_directory_iterator at(top, error), end; !error && at != end; at.increment(error)) {
            const std::u8string path = at->path().generic_u8string();
            found.emplace(path.begin(), path.end());
        }
    }
    for (std::string& path : shared_memory_left()) found.insert(std::move(path));
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
        end_child(child.pid());
    }
    // A joined thread stays in the system's list for an instant, an orphan that was killed until the watcher has reaped it.
    eventually([] { return orphans().empty(); }, std::chrono::seconds(1));
    for (const process_entry& orphan : orphans()) {
        found.push_back("orphaned process " + describe(orphan));
        kill_process(orphan.pid());
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
    // Few are made in the life of a process, but the test case in which one is made is not to blame for it.
    static std::size_t runtime_objects_known = runtime_objects();
    constexpr std::size_t most_runtime_objects = 16;
    if (const std::size_t now = runtime_objects(); now > runtime_objects_known + most_runtime_objects) {
        found.push_back(std::to_string(now - runtime_objects_known) + " events or semaphores, in this and earlier test cases");
        runtime_objects_known = now;
    }
    for (const std::string& file : files_left()) {
        if (!files_.count(file)) found.push_back("file " + file);
    }
    return found;
}

}  // namespace support
