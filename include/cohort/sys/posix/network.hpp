/// @file
/// The socket API's own types: addresses, and the functions that read and write them.
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace cohort::sys::detail {

using address_family = ::sa_family_t;

/// The index of the network interface of that name, 0 if there is none. if_nametoindex(3).
inline unsigned interface_index(const char* name) noexcept { return ::if_nametoindex(name); }

}  // namespace cohort::sys::detail
