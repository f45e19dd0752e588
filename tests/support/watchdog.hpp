#pragma once
#include <sys/types.h>

namespace support {

/// Runs the tests in a child process and watches it from outside, so that neither a hang, a crash nor a stray signal takes the
/// report with it, and so that the process under test has no thread, signal handler or descriptor of the harness.
///
/// A test case that runs longer than its limit (60 s, or COHORT_TEST_TIMEOUT seconds, times time_factor) is reported with
/// its threads, descriptors and children, and everything it started is killed. Orphans of the tests come to this process,
/// which is their subreaper. The last line on stdout is `cohort-tests: N passed, N failed`.
/// Under a debugger, or with COHORT_TEST_WATCHDOG=0, the tests run in this process.
int run_watched(int (*run)(int argc, char** argv), int argc, char** argv);

// --- what the process under test reports ---------------------------------------------------------------------------------

void watch_run_begins() noexcept;
void watch_case_begins(const char* name) noexcept;
void watch_case_ends(bool passed) noexcept;

/// The watching process, 0 when there is none.
pid_t watcher() noexcept;

}  // namespace support
