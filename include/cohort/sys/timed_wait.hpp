/// @file
/// Picks the platform's timed_wait.hpp: waits for a condition, a descriptor or a signal with a time limit.
#pragma once

#include "platform.hpp"

#if COHORT_OS_LINUX
#    include "linux/timed_wait.hpp"
#elif COHORT_OS_FREEBSD
#    include "freebsd/timed_wait.hpp"
#elif COHORT_OS_MACOS
#    include "darwin/timed_wait.hpp"
#endif
