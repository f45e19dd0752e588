/// @file
/// Picks the platform's signal_name.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/signal_name.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/signal_name.hpp"
#endif
