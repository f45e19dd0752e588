// loop: the event loop of this build's backend.
#pragma once

#include "../sys/platform.hpp"
#include "basic_loop.hpp"
#if COHORT_BACKEND_EPOLL
#include "epoll.hpp"
#elif COHORT_BACKEND_KQUEUE
#include "kqueue.hpp"
#elif COHORT_BACKEND_IOCP
#include "iocp.hpp"
#else
#include "poll.hpp"
#endif

namespace cohort {

#if COHORT_BACKEND_EPOLL
using default_backend = epoll_backend;
#elif COHORT_BACKEND_KQUEUE
using default_backend = kqueue_backend;
#elif COHORT_BACKEND_IOCP
using default_backend = iocp_backend;
#else
using default_backend = poll_backend;
#endif

/// What the floors above run on. Its backend is the platform's best, or the one that -DCOHORT_BACKEND_<NAME>=1 chose.
using loop = basic_loop<default_backend>;

}  // namespace cohort
