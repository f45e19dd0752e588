// handle: an owned descriptor that no loop knows of. What is passed to children and to other processes.
#pragma once

#include "../detail/exchanged.hpp"
#include "../sys/io.hpp"

namespace cohort {

/// Owns a descriptor and closes it. Movable; an empty one has `native() == -1`.
class handle {
public:
    [[gnu::always_inline]] handle() noexcept : fd_(-1) {}
    /// Takes over a descriptor.
    [[gnu::always_inline]] explicit handle(int fd) noexcept : fd_(fd) {}
    [[gnu::always_inline]] handle(handle&& other) noexcept : fd_(detail::exchanged(other.fd_, -1)) {}
    handle& operator=(handle&& other) noexcept {
        if (this != &other) {
            close();
            fd_ = detail::exchanged(other.fd_, -1);
        }
        return *this;
    }
    [[gnu::always_inline]] ~handle() { close(); }

    explicit operator bool() const noexcept { return fd_ >= 0; }
    [[gnu::always_inline]] int native() const noexcept { return fd_; }

    /// Gives the descriptor up without closing it.
    [[gnu::always_inline]] int release() noexcept { return detail::exchanged(fd_, -1); }

    void close() noexcept {
        // EINTR or EIO: the descriptor is gone all the same, and there is nobody left to tell.
        if (fd_ >= 0) static_cast<void>(sys::close(detail::exchanged(fd_, -1)));
    }

private:
    int fd_;
};

}  // namespace cohort
