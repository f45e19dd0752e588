#pragma once
#include "support/resources.hpp"

#include <set>
#include <string>
#include <vector>

namespace support {

/// What a process may leave behind, at one moment: descriptors, child processes, orphans of the run, threads, files.
class inventory {
public:
    inventory();

    /// What is there now and was not then, or the other way round, one line each; empty when nothing was left. A thread or
    /// an orphan that is about to end gets a moment to do so; a child process does not, since somebody has to wait for it.
    /// Processes that were left are killed, so that the next test case starts clean.
    std::vector<std::string> differences() const;

private:
    std::map<int, std::string> fds_;
    std::vector<process_entry> children_;
    std::map<pid_t, std::string> threads_;
    std::set<std::string> files_;
};

}  // namespace support
