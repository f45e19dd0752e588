// I/O requests: what is submitted to a backend, and completed by it.
//
// A request says what to do (`read_request`: into which bytes) and has a place for the result. A readiness backend runs
// `attempt` when the descriptor is ready; a completion backend hands the same fields to the kernel. A request is owned
// by its submitter, stays in place until it completes, and completes once: by the return value of `submit`, or later by
// a call of `on_complete` from the backend's `wait`, or never if `withdraw` said that it is withdrawn.
#pragma once

#include "../sys/platform.hpp"

#if COHORT_BACKEND_IOCP
#    include "overlapped_request.hpp"
#else
#    include "readiness_request.hpp"
#endif
