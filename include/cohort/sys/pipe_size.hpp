/// @file
/// Picks the platform's pipe_size.hpp: whether the room of a pipe can be changed.
#pragma once

#include "platform.hpp"

#if COHORT_OS_LINUX
#    include "linux/splice.hpp"
#elif COHORT_OS_BSD
#    include "bsd/splice.hpp"
#elif COHORT_OS_WINDOWS
#    include "win32/pipe_size.hpp"
#endif
