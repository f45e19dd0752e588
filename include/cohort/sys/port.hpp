/// @file
/// Picks the platform's port.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_WINDOWS
#    include "win32/port.hpp"
#endif
