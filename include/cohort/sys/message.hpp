/// @file
/// Picks the platform's message.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/message.hpp"
#elif COHORT_OS_WINDOWS
#    include "win32/message.hpp"
#endif
