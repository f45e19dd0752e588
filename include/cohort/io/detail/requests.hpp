// The I/O requests of this floor, as the loop's backend takes them.
#pragma once

#include "../../sys/platform.hpp"

#if COHORT_BACKEND_IOCP
#    include "overlapped/requests.hpp"
#else
#    include "readiness/requests.hpp"
#endif
