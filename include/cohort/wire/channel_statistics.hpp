// What a channel has done so far.
#pragma once

#include <cstdint>

namespace cohort {

/// Counters of one channel, from its beginning. Bytes include headers.
struct channel_statistics {
    std::uint64_t messages_sent = 0;      ///< accepted by `send` or `post`
    std::uint64_t messages_received = 0;  ///< delivered
    std::uint64_t bytes_sent = 0;         ///< accepted by the kernel
    std::uint64_t bytes_received = 0;     ///< taken from the kernel
    std::uint64_t handles_sent = 0;       ///< accepted by the kernel
    std::uint64_t handles_received = 0;   ///< taken from the kernel
    std::uint64_t write_calls = 0;        ///< system calls that wrote or tried to
    std::uint64_t read_calls = 0;         ///< system calls that read or tried to
};

}  // namespace cohort
