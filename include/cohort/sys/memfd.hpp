/// @file
/// Picks the platform's memfd.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_LINUX
#    include "linux/memfd.hpp"
#elif COHORT_OS_FREEBSD
#    include "freebsd/memfd.hpp"
#elif COHORT_OS_MACOS
#    include "darwin/memfd.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/memfd.hpp"
#endif
