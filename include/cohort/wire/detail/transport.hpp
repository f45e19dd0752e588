// The transport of a channel over `stream`, as the loop's backend does it; for other streams see pumped_transport.hpp.
#pragma once

#include "../../sys/platform.hpp"

#if COHORT_BACKEND_IOCP
#    include "overlapped/transport.hpp"
#else
#    include "readiness/transport.hpp"
#endif
