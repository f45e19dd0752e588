/// @file
/// Picks the platform's overlapped.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_WINDOWS
#    include "win32/overlapped.hpp"
#endif
