// address: where a socket is.
#pragma once

#include "../sys/socket_address.hpp"

namespace cohort {

/// The address of a socket: `1.2.3.4:80`, `[::1]:80`, `/path`, `@abstract`. `address::parse(text)` reads it (numbers
/// only: names are for `resolve`), `to_string()` writes it. A value; an empty one names nothing.
using address = sys::socket_address;

}  // namespace cohort
