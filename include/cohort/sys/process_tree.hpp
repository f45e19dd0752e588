/// @file
/// Picks the platform's process_tree.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_POSIX
#    include "posix/process_tree.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/process_tree.hpp"
#endif
