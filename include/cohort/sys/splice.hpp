/// @file
/// Picks the platform's splice.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_LINUX
#include "linux/splice.hpp"
#elif COHORT_OS_BSD
#include "bsd/splice.hpp"
#endif
