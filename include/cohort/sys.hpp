/// @file
/// The whole sys floor: typed wrappers of the system calls that cohort uses, one a call.
#pragma once

#include "sys/call.hpp"
#include "sys/exit_info.hpp"
#include "sys/fault.hpp"
#include "sys/file.hpp"
#include "sys/io.hpp"
#include "sys/outcome.hpp"
#include "sys/platform.hpp"
#include "sys/poll.hpp"
#include "sys/signal.hpp"

#if COHORT_OS_LINUX
#include "sys/linux/epoll.hpp"
#include "sys/linux/eventfd.hpp"
#include "sys/linux/pidfd.hpp"
#endif
