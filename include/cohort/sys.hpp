/// @file
/// The whole sys floor: typed wrappers of the system calls that cohort uses, one a call.
#pragma once

#include "sys/call.hpp"
#include "sys/exit_info.hpp"
#include "sys/fault.hpp"
#include "sys/file.hpp"
#include "sys/io.hpp"
#include "sys/message.hpp"
#include "sys/outcome.hpp"
#include "sys/platform.hpp"
#include "sys/poll.hpp"
#include "sys/process.hpp"
#include "sys/resolve.hpp"
#include "sys/signal.hpp"
#include "sys/signal_name.hpp"
#include "sys/socket.hpp"
#include "sys/socket_address.hpp"
#include "sys/socket_option.hpp"
#include "sys/spawn.hpp"

#if COHORT_OS_LINUX
#include "sys/linux/credentials.hpp"
#include "sys/linux/epoll.hpp"
#include "sys/linux/eventfd.hpp"
#include "sys/linux/memfd.hpp"
#include "sys/linux/pidfd.hpp"
#include "sys/linux/splice.hpp"
#endif
