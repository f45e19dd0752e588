// The reactor floor: the event loop, its backends, signals, child exit and calls that block.
#pragma once

#include "reactor/backend.hpp"
#include "reactor/blocking.hpp"
#include "reactor/child_exit.hpp"
#include "reactor/epoll.hpp"
#include "reactor/io_operation.hpp"
#include "reactor/loop.hpp"
#include "reactor/poll.hpp"
#include "reactor/readable.hpp"
#include "reactor/registration.hpp"
#include "reactor/signals.hpp"
