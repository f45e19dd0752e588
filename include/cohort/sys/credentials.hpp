/// @file
/// Picks the platform's credentials.hpp.
#pragma once

#include "platform.hpp"

#if COHORT_OS_LINUX
#    include "linux/credentials.hpp"
#elif COHORT_OS_FREEBSD
#    include "freebsd/credentials.hpp"
#elif COHORT_OS_MACOS
#    include "darwin/credentials.hpp"
#endif
#if COHORT_OS_WINDOWS
#    include "win32/credentials.hpp"
#endif
