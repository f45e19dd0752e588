#include "support/bsd/system.hpp"

#include <cerrno>
#include <cstdint>
#include <libproc.h>
#include <malloc/malloc.h>
#include <sys/proc.h>
#include <sys/sysctl.h>
#include <system_error>
#include <unistd.h>

namespace support::bsd {

namespace {

std::vector<kinfo_proc> table(int what, pid_t of) {
    int name[] = {CTL_KERN, KERN_PROC, what, static_cast<int>(of)};
    for (;;) {
        std::size_t size = 0;
        if (::sysctl(name, 4, nullptr, &size, nullptr, 0) != 0) return {};
        std::vector<kinfo_proc> rows(size / sizeof(kinfo_proc) + 16);
        size = rows.size() * sizeof(kinfo_proc);
        if (::sysctl(name, 4, rows.data(), &size, nullptr, 0) == 0) {
            rows.resize(size / sizeof(kinfo_proc));
            return rows;
        }
        if (errno != ENOMEM) throw std::system_error(errno, std::generic_category(), "sysctl");
    }
}

char letter(int state) noexcept {
    switch (state) {
    case SSLEEP: return 'S';
    case SSTOP: return 'T';
    case SZOMB: return 'Z';
    default: return 'R';
    }
}

}  // namespace

std::vector<process_row> process_table(pid_t only) {
    std::vector<process_row> found;
    for (const kinfo_proc& row : only != 0 ? table(KERN_PROC_PID, only) : table(KERN_PROC_ALL, 0))
        found.push_back({process_entry(row.kp_proc.p_pid, letter(row.kp_proc.p_stat), row.kp_proc.p_comm),
                         row.kp_eproc.e_ppid});
    return found;
}

std::map<pid_t, std::string> threads(pid_t of) {
    const pid_t process = of != 0 ? of : ::getpid();
    std::map<pid_t, std::string> found;
    std::vector<std::uint64_t> ids(4096);
    const int bytes = ::proc_pidinfo(process, PROC_PIDLISTTHREADS, 0, ids.data(), int(ids.size() * sizeof ids[0]));
    for (int i = 0; i < bytes / int(sizeof ids[0]); ++i) {
        proc_threadinfo info{};
        // The numbers are addresses: they stand here in the order in which the system lists them.
        if (::proc_pidinfo(process, PROC_PIDTHREADINFO, ids[std::size_t(i)], &info, sizeof info) > 0)
            found[i] = info.pth_name;
    }
    return found;
}

void adopt_orphans() noexcept {}
void end_with_parent() noexcept {}

bool traced() {
    for (const kinfo_proc& row : table(KERN_PROC_PID, ::getpid())) return (row.kp_proc.p_flag & P_TRACED) != 0;
    return false;
}

}  // namespace support::bsd

namespace support {

std::size_t heap_bytes() {
    malloc_statistics_t found{};
    ::malloc_zone_statistics(nullptr, &found);
    return found.size_in_use;
}

}  // namespace support
