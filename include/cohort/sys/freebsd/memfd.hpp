/// @file
/// Anonymous files in memory.
#pragma once

#include "../detail/invoke.hpp"

#include <sys/mman.h>

namespace cohort::sys {

/// A file in memory without a name in any directory, close-on-exec; `name` shows in tools only. `flags`:
/// MFD_ALLOW_SEALING. EINTR does not occur. memfd_create(2), FreeBSD 13.
inline outcome<int> memfd_create(const char* name, unsigned flags = 0) noexcept {
    return COHORT_SYS_ONCE(memfd_create, int, ::memfd_create(name, flags | MFD_CLOEXEC));
}

}  // namespace cohort::sys
