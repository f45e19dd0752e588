/// @file
/// Picks the platform's descriptor_path.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_MACOS
#    include "darwin/descriptor_path.hpp"
#elif COHORT_OS_FREEBSD
#    include "freebsd/descriptor_path.hpp"
#endif
