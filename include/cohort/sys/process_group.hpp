/// @file
/// Picks the platform's process_group.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_LINUX
#    include "linux/process_group.hpp"
#elif COHORT_OS_BSD
#    include "bsd/process_group.hpp"
#endif
