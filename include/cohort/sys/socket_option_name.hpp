/// @file
/// The names of socket options.
#pragma once

#include <cstdint>

namespace cohort::sys {

/// The options that `set_option` and `get_option` know; all are numbers, the switches 0 or 1.
enum class socket_option : std::uint8_t {
    reuse_address,   ///< bind although connections of a former listener linger (SO_REUSEADDR)
    reuse_port,      ///< several sockets share a port, the kernel spreads connections over them (SO_REUSEPORT)
    no_delay,        ///< send small segments at once (TCP_NODELAY)
    v6_only,         ///< an IPv6 socket takes no IPv4 (IPV6_V6ONLY)
    send_buffer,     ///< bytes; Linux doubles what is set and reports the double (SO_SNDBUF)
    receive_buffer,  ///< bytes, likewise (SO_RCVBUF)
    keep_alive,      ///< probe an idle connection (SO_KEEPALIVE)
    broadcast,       ///< datagrams may go to a broadcast address (SO_BROADCAST)
    type,            ///< read only: SOCK_STREAM, ... (SO_TYPE)
    listening,       ///< read only: whether it is a listener (SO_ACCEPTCONN)
};

}  // namespace cohort::sys
