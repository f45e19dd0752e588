/// @file
/// Picks the platform's poll.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/poll.hpp"
#endif
