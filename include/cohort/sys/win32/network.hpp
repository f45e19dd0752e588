/// @file
/// Winsock's own types: addresses, and the functions that read and write them.
#pragma once

#include "windows.hpp"

#include <afunix.h>

namespace cohort::sys::detail {

using address_family = unsigned short;

/// The index of the network interface of that name; here interfaces are named by their numbers alone.
inline unsigned interface_index(const char*) noexcept { return 0; }

/// Winsock, for the life of the program: what makes a socket calls it before. WSAStartup.
inline void start_winsock() noexcept {
    struct started {
        started() noexcept {
            ::WSADATA data;
            // Where it fails, the next call says so: WSANOTINITIALISED.
            static_cast<void>(::WSAStartup(0x0202, &data));
        }
    };
    static const started once;
    static_cast<void>(once);
}

}  // namespace cohort::sys::detail
