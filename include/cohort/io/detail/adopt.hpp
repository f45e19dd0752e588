// Making a stream of a descriptor that others share.
#pragma once

#include "../../sys/platform.hpp"

#if COHORT_BACKEND_IOCP
#    include "overlapped/adopt.hpp"
#else
#    include "readiness/adopt.hpp"
#endif
