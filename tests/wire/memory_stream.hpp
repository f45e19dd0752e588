#pragma once
/// Byte streams in memory: two ends of a buffer that hands out and takes as many bytes at a time as a test likes.
#include <cohort/async/event.hpp>
#include <cohort/async/task.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace wire {

/// One direction. `piece`: how many bytes go at a time; `room`: how many it holds.
struct memory_pipe {
    std::string bytes;
    std::size_t piece = 1;
    std::size_t room = 1 << 20;
    bool ended = false;
    cohort::event readable;
    cohort::event writable{true};
};

class memory_stream {
public:
    memory_stream(std::shared_ptr<memory_pipe> in, std::shared_ptr<memory_pipe> out) : in_(std::move(in)), out_(std::move(out)) {}

    cohort::task<std::size_t> read_some(std::span<std::byte> to) {
        memory_pipe& p = *in_;
        while (p.bytes.empty() && !p.ended) co_await p.readable.wait();
        std::size_t n = std::min(p.bytes.size(), std::min(to.size(), p.piece));
        std::memcpy(to.data(), p.bytes.data(), n);
        p.bytes.erase(0, n);
        if (p.bytes.empty() && !p.ended) p.readable.reset();
        p.writable.set();
        co_return n;
    }

    cohort::task<std::size_t> write_some(std::span<const std::byte> from) {
        memory_pipe& p = *out_;
        while (p.bytes.size() >= p.room) {
            p.writable.reset();
            co_await p.writable.wait();
        }
        const std::size_t n = std::min(from.size(), std::min(p.piece, p.room - p.bytes.size()));
        p.bytes.append(reinterpret_cast<const char*>(from.data()), n);
        p.readable.set();
        co_return n;
    }

    void shutdown_write() noexcept {
        out_->ended = true;
        out_->readable.set();
    }
    void close() noexcept {
        if (out_) shutdown_write();
    }

private:
    std::shared_ptr<memory_pipe> in_;
    std::shared_ptr<memory_pipe> out_;
};

}  // namespace wire
