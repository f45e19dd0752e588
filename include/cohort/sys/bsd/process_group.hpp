/// @file
/// Process groups whose leader may have ended before the others.
#pragma once

#include "../detail/invoke.hpp"
#include "../platform.hpp"
#include "../posix/process.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include <sys/param.h>

#include <sys/proc.h>
#include <sys/sysctl.h>
#include <sys/types.h>
#if __has_include(<sys/user.h>)
#    include <sys/user.h>
#endif

namespace cohort::sys {

namespace detail {

/// Whether an entry of the system's table of processes has ended; the two systems name its state differently.
template <class Entry>
bool has_ended(const Entry& entry) noexcept {
    if constexpr (requires { entry.ki_stat; }) return entry.ki_stat == SZOMB;
    else return entry.kp_proc.p_stat == SZOMB;
}

}  // namespace detail

/// Whether a member of the group runs: not one that has ended and that nobody has waited for. Where it cannot look, for
/// want of memory, the answer is true. sysctl(3), KERN_PROC_PGRP.
COHORT_COLD inline bool group_runs(process_id group) noexcept {
    int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PGRP, group};
    for (;;) {
        std::size_t size = 0;
        if (::sysctl(name, 4, nullptr, &size, nullptr, 0) != 0) return errno != ESRCH;
        if (size == 0) return false;
        size += 16 * sizeof(::kinfo_proc);  // for those that come meanwhile
        auto* const entries = static_cast<::kinfo_proc*>(std::malloc(size));
        if (!entries) return true;
        const int asked = ::sysctl(name, 4, entries, &size, nullptr, 0);
        const int error = asked == 0 ? 0 : errno;
        bool found = false;
        for (std::size_t i = 0; asked == 0 && i < size / sizeof *entries; ++i) found |= !detail::has_ended(entries[i]);
        std::free(entries);
        if (error == 0) return found;
        if (error != ENOMEM) return error != ESRCH;
    }
}

}  // namespace cohort::sys
