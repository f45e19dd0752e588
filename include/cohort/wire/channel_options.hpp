// How a channel behaves.
#pragma once

#include "../sys/message.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cohort {

/// Limits and marks of a channel, in bytes. A fluent value.
class channel_options {
public:
    channel_options() {}

    /// The longest payload, sent or received (64 MiB). A longer one that is to be sent is refused; one that arrives
    /// breaks the channel.
    channel_options& frame_limit(std::size_t bytes) noexcept {
        frame_limit_ = bytes;
        return *this;
    }
    /// From this many queued bytes on, `send` waits and `post` says that there is no room (256 KiB).
    channel_options& high_water(std::size_t bytes) noexcept {
        high_water_ = bytes;
        if (low_water_ > bytes) low_water_ = bytes / 4;
        return *this;
    }
    /// Waiting senders go on when no more than this many bytes are queued (64 KiB).
    channel_options& low_water(std::size_t bytes) noexcept {
        low_water_ = bytes;
        return *this;
    }
    /// What `post` may queue at most; beyond it throws (256 MiB).
    channel_options& queue_limit(std::size_t bytes) noexcept {
        queue_limit_ = bytes;
        return *this;
    }
    /// Opens the channel for handles, at most `most` (up to 253) a message. The other side has to do the same, for a
    /// frame then carries their number. Channels whose message types have handles among their members are open without
    /// it.
    channel_options& handles(std::size_t most) noexcept {
        handles_ = most < sys::max_message_fds ? most : sys::max_message_fds;
        return *this;
    }
    /// What errors call the other side; by default its process id, where the system tells it.
    channel_options& name(std::string_view peer) {
        name_ = peer;
        return *this;
    }

    /// The process at the other end, where both ends know that the other is a channel of this library: a worker's and
    /// its parent's do. Windows passes handles into that process, and else waits for it to say which one it is.
    channel_options& peer_process(int pid) noexcept {
        peer_process_ = pid;
        return *this;
    }

    [[gnu::always_inline]] std::size_t frame_limit() const noexcept { return frame_limit_; }
    [[gnu::always_inline]] std::size_t high_water() const noexcept { return high_water_; }
    [[gnu::always_inline]] std::size_t low_water() const noexcept { return low_water_; }
    std::size_t queue_limit() const noexcept { return queue_limit_; }
    [[gnu::always_inline]] std::size_t handles() const noexcept { return handles_; }
    /// 0: not known.
    [[gnu::always_inline]] int peer_process() const noexcept { return peer_process_; }
    [[gnu::always_inline]] const std::string& name() const noexcept { return name_; }

private:
    std::size_t frame_limit_ = std::size_t{64} << 20;
    std::size_t high_water_ = std::size_t{256} << 10;
    std::size_t low_water_ = std::size_t{64} << 10;
    std::size_t queue_limit_ = std::size_t{256} << 20;
    std::size_t handles_ = 0;
    std::string name_;
    int peer_process_ = 0;
};

}  // namespace cohort
