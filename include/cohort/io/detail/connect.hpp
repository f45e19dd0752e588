// Connecting a socket, as the loop's backend does it.
#pragma once

#include "../../sys/platform.hpp"

#if COHORT_BACKEND_IOCP
#    include "overlapped/connect.hpp"
#else
#    include "readiness/connect.hpp"
#endif
