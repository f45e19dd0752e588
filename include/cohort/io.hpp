// The io floor: handles, streams, sockets and what is done with them.
#pragma once

#include "io/address.hpp"
#include "io/concepts.hpp"
#include "io/connect.hpp"
#include "io/handle.hpp"
#include "io/io_error.hpp"
#include "io/listener.hpp"
#include "io/pipe.hpp"
#include "io/read_exactly.hpp"
#include "io/stream.hpp"
#include "io/unix_pair.hpp"
#include "io/write_all.hpp"
