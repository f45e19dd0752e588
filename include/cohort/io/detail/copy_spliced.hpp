// Copying between descriptors by the kernel, where it can.
#pragma once

#include "../../sys/platform.hpp"

#if COHORT_BACKEND_IOCP
#    include "overlapped/copy_spliced.hpp"
#else
#    include "readiness/copy_spliced.hpp"
#endif
