// The reactor floor: the event loop, its backends, signals, child exit and calls that block.
#pragma once

#include "reactor/backend.hpp"
#include "reactor/blocking.hpp"
#include "reactor/child_exit.hpp"
#include "reactor/io_operation.hpp"
#include "reactor/loop.hpp"
#include "reactor/readable.hpp"
#include "reactor/registration.hpp"
#include "reactor/signals.hpp"
#include "sys/platform.hpp"
#if COHORT_OS_LINUX
#    include "reactor/epoll.hpp"
#endif
#if COHORT_OS_POSIX
#    include "reactor/poll.hpp"
#endif
