/// @file
/// Picks the platform's process.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/process.hpp"
#endif
#if COHORT_OS_LINUX
#    include "linux/process.hpp"
#elif COHORT_OS_FREEBSD
#    include "freebsd/process.hpp"
#elif COHORT_OS_MACOS
#    include "darwin/process.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/process.hpp"
#endif
