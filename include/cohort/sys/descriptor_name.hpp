/// @file
/// Picks the platform's descriptor_name.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_LINUX
#    include "linux/descriptor_name.hpp"
#elif COHORT_OS_BSD
#    include "bsd/descriptor_name.hpp"
#elif COHORT_OS_WINDOWS
#    include "win32/descriptor_name.hpp"
#endif
