/// @file
/// Picks the platform's new_descriptor.hpp: calls that make descriptors, with their flags from birth where the system can.
#pragma once

#include "platform.hpp"

#if COHORT_OS_MACOS
#    include "darwin/new_descriptor.hpp"
#elif COHORT_OS_POSIX
#    include "posix/new_descriptor.hpp"
#endif
