// The I/O requests of a channel on Windows: overlapped reading and writing of bytes.
#pragma once

#include "../../../reactor/request.hpp"
#include "../../../sys/io.hpp"
#include "../../../sys/overlapped.hpp"

#include <cstddef>
#include <cstdint>

namespace cohort::detail {

/// ReadFile, WSARecv. Not to be copied once submitted.
class frame_read_request : public io_request {
public:
    static constexpr direction way = direction::read;
    explicit frame_read_request(completion c) noexcept : io_request(c) {}

    bool blocks() const noexcept { return mode == transfer_mode::shared; }
    sys::outcome<std::size_t> call(int fd) noexcept {
        ++calls;
        return sys::read(fd, data, size);
    }
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        ++calls;
        return sys::start_read(fd, data, size, o);
    }
    sys::outcome<std::size_t> finish(int fd, sys::outcome<std::size_t> outcome) noexcept {
        return read_result(fd, outcome, size);
    }

    void* data = nullptr;
    std::size_t size = 0;
    transfer_mode mode = transfer_mode::plain;
    std::uint64_t calls = 0;
};

/// WriteFile, WSASend.
class frame_write_request : public io_request {
public:
    static constexpr direction way = direction::write;
    explicit frame_write_request(completion c) noexcept : io_request(c) {}

    bool blocks() const noexcept { return mode == transfer_mode::shared; }
    sys::outcome<std::size_t> call(int fd) noexcept {
        ++calls;
        return sys::write(fd, data, size);
    }
    sys::outcome<std::size_t> start(int fd, sys::overlapped& o) noexcept {
        ++calls;
        return sys::start_write(fd, data, size, o);
    }

    const void* data = nullptr;
    std::size_t size = 0;
    transfer_mode mode = transfer_mode::plain;
    std::uint64_t calls = 0;
};

}  // namespace cohort::detail
