/// @file
/// What this process was given by who started it.
#pragma once

#include "io.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace cohort::sys {

/// The descriptor that this process was given under a number: a standard handle, or what stands in the block for
/// Microsoft's C library (see spawn_resources.hpp). EBADF: there is none. GetStartupInfoW.
COHORT_COLD inline outcome<int> given_descriptor(int number) noexcept {
    ::DWORD flags = 0;
    if (number < 0) return failure(EBADF);
    if (number <= 2) {
        const ::HANDLE standard = handle_of(number);
        // The number of no handle is that of this very process.
        if (standard == nullptr || standard == INVALID_HANDLE_VALUE) return failure(EBADF);
        return ::GetHandleInformation(standard, &flags) ? outcome<int>(number) : failure(EBADF);
    }
    ::STARTUPINFOW start;
    ::GetStartupInfoW(&start);
    const auto* const block = reinterpret_cast<const char*>(start.lpReserved2);
    int entries = 0;
    if (!block || start.cbReserved2 < sizeof entries) return failure(EBADF);
    std::memcpy(&entries, block, sizeof entries);
    const std::size_t index = static_cast<std::size_t>(number);
    if (number >= entries ||
        start.cbReserved2 < sizeof entries + static_cast<std::size_t>(entries) * (1 + sizeof(::HANDLE)))
        return failure(EBADF);
    constexpr char open_entry = 0x01;
    if ((block[sizeof entries + index] & open_entry) == 0) return failure(EBADF);
    ::HANDLE found = nullptr;
    std::memcpy(&found, block + sizeof entries + static_cast<std::size_t>(entries) + index * sizeof found, sizeof found);
    if (found == nullptr || found == INVALID_HANDLE_VALUE || !::GetHandleInformation(found, &flags))
        return failure(EBADF);
    return descriptor_of(found, detail::opened_synchronous(found) ? detail::synchronous_tag : 0);
}

}  // namespace cohort::sys
