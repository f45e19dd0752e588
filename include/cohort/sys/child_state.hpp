/// @file
/// Picks the platform's child_state.hpp: what a child does to itself before its exec. macOS has none, its
/// posix_spawn(2) does all of that.
#pragma once

#include "platform.hpp"

#if COHORT_OS_LINUX
#    include "linux/child_state.hpp"
#elif COHORT_OS_FREEBSD
#    include "freebsd/child_state.hpp"
#endif
