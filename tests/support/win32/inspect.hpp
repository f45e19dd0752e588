#pragma once
// For the Windows halves of this folder only. The watcher keeps all processes of a run in a job object, whose name the tests know.
#include "support/win32/win32.hpp"

#include <string>
#include <vector>

namespace support::win32 {

/// The processes of a job that run.
std::vector<DWORD> processes_of(HANDLE job);

/// Those of the run that this process is part of; none without a watcher.
std::vector<DWORD> processes_of_run();

/// The handles of another process, for a report: value and type. Not the name, for which the system waits until a call on the
/// handle has ended, and this is for a process that hangs.
std::vector<std::string> handles_of(DWORD process);

}  // namespace support::win32
