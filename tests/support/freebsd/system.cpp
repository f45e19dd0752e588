#include "support/bsd/system.hpp"

#include <cerrno>
#include <cstdint>
#include <csignal>
#include <malloc_np.h>
#include <sys/param.h>

#include <sys/proc.h>
#include <sys/procctl.h>
#include <sys/sysctl.h>
#include <sys/types.h>
#include <sys/user.h>
#include <system_error>
#include <unistd.h>

namespace support::bsd {

namespace {

std::vector<kinfo_proc> table(int what, pid_t of) {
    int name[] = {CTL_KERN, KERN_PROC, what, static_cast<int>(of)};
    const unsigned length = of != 0 ? 4 : 3;
    for (;;) {
        std::size_t size = 0;
        if (::sysctl(name, length, nullptr, &size, nullptr, 0) != 0) return {};
        std::vector<kinfo_proc> rows(size / sizeof(kinfo_proc) + 16);
        size = rows.size() * sizeof(kinfo_proc);
        if (::sysctl(name, length, rows.data(), &size, nullptr, 0) == 0) {
            rows.resize(size / sizeof(kinfo_proc));
            return rows;
        }
        if (errno == ESRCH) return {};
        if (errno != ENOMEM) throw std::system_error(errno, std::generic_category(), "sysctl");
    }
}

char letter(int state) noexcept {
    switch (state) {
    case SSLEEP:
    case SWAIT:
    case SLOCK: return 'S';
    case SSTOP: return 'T';
    case SZOMB: return 'Z';
    default: return 'R';
    }
}

}  // namespace

std::vector<process_row> process_table(pid_t only) {
    std::vector<process_row> found;
    for (const kinfo_proc& row : only != 0 ? table(KERN_PROC_PID, only) : table(KERN_PROC_PROC, 0))
        found.push_back({process_entry(row.ki_pid, letter(row.ki_stat), row.ki_comm), row.ki_ppid});
    return found;
}

std::map<pid_t, std::string> threads(pid_t of) {
    std::map<pid_t, std::string> found;
    for (const kinfo_proc& row : table(KERN_PROC_PID | KERN_PROC_INC_THREAD, of != 0 ? of : ::getpid()))
        found[row.ki_tid] = row.ki_tdname;
    return found;
}

void adopt_orphans() noexcept { ::procctl(P_PID, 0, PROC_REAP_ACQUIRE, nullptr); }

void end_with_parent() noexcept {
    int signal = SIGKILL;
    ::procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &signal);
}

bool traced() {
    for (const kinfo_proc& row : table(KERN_PROC_PID, ::getpid())) return (row.ki_flag & P_TRACED) != 0;
    return false;
}

}  // namespace support::bsd

namespace support {

std::size_t heap_bytes() {
    std::uint64_t epoch = 1;
    std::size_t size = sizeof epoch;
    ::mallctl("epoch", &epoch, &size, &epoch, size);  // without it the figures are those of the last time
    std::size_t given = 0;
    size = sizeof given;
    if (::mallctl("stats.allocated", &given, &size, nullptr, 0) != 0) return 0;
    return given;
}

}  // namespace support
