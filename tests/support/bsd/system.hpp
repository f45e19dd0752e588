#pragma once
// What FreeBSD and macOS tell of processes by other calls or other names.
#include "support/resources.hpp"

#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace support::bsd {

/// A row of the system's table of processes.
struct process_row {
    process_entry entry;
    pid_t parent;
};

/// All processes, or those of one id; empty when it is gone.
std::vector<process_row> process_table(pid_t only = 0);

/// The threads of a process by id, with their names; 0 is this process.
std::map<pid_t, std::string> threads(pid_t of);

/// Has orphans among the descendants of this process come to it. Without a word where the system cannot do it.
void adopt_orphans() noexcept;

/// Ends this process when its parent ends. Likewise.
void end_with_parent() noexcept;

/// Whether somebody traces this process.
bool traced();

}  // namespace support::bsd
