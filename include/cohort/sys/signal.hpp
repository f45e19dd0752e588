/// @file
/// Picks the platform's signal.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/signal.hpp"
#elif COHORT_OS_WINDOWS
#    include "win32/signal.hpp"
#endif
