/// @file
/// The whole sys floor: typed wrappers of the system calls that cohort uses, one a call.
#pragma once

#include "sys/call.hpp"
#include "sys/credentials.hpp"
#include "sys/descriptor_name.hpp"
#include "sys/environment.hpp"
#include "sys/exit_info.hpp"
#include "sys/fault.hpp"
#include "sys/file.hpp"
#include "sys/io.hpp"
#include "sys/memfd.hpp"
#include "sys/message.hpp"
#include "sys/outcome.hpp"
#include "sys/pidfd.hpp"
#include "sys/platform.hpp"
#include "sys/poll.hpp"
#include "sys/process.hpp"
#include "sys/process_group.hpp"
#include "sys/resolve.hpp"
#include "sys/signal.hpp"
#include "sys/signal_name.hpp"
#include "sys/socket.hpp"
#include "sys/socket_address.hpp"
#include "sys/socket_option.hpp"
#include "sys/spawn.hpp"
#include "sys/splice.hpp"
#include "sys/thread.hpp"

#if COHORT_OS_LINUX
#    include "sys/linux/epoll.hpp"
#    include "sys/linux/eventfd.hpp"
#endif
