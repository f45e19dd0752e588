/// @file
/// Picks the platform's socket_address.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/socket_address.hpp"
#endif
