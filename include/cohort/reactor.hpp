// The reactor floor: the event loop, its backends, signals and child exit.
#pragma once

#include "reactor/backend.hpp"
#include "reactor/child_exit.hpp"
#include "reactor/epoll.hpp"
#include "reactor/io_operation.hpp"
#include "reactor/loop.hpp"
#include "reactor/poll.hpp"
#include "reactor/registration.hpp"
#include "reactor/signals.hpp"
