// An owned descriptor and its record in the loop that uses it.
//
// The record is made by the first operation that has to wait, in the loop of the coroutine that awaits it; until then
// the descriptor can be moved to another thread, passed on or given up without any loop knowing, and a descriptor that
// is only written to costs no record unless it fills up. Afterwards it belongs to that loop and must be used and closed
// on its thread. Moving a registration does not disturb operations in flight: they refer to the record.
#pragma once

#include "../detail/exchanged.hpp"
#include "../sys/io.hpp"
#include "backend.hpp"

namespace cohort {

/// Owns a descriptor; knows its record in a loop of type `Loop` once something has waited for it.
template <class Loop>
class registration {
public:
    [[gnu::always_inline]] registration() noexcept : fd_(-1), kind_(descriptor_kind::other) {}

    /// Takes over a non-blocking descriptor.
    [[gnu::always_inline]] registration(int fd, descriptor_kind kind) noexcept : fd_(fd), kind_(kind) {}

    registration(registration&& other) noexcept
        : fd_(detail::exchanged(other.fd_, -1)), kind_(other.kind_), loop_(detail::exchanged(other.loop_, nullptr)),
          record_(detail::exchanged(other.record_, nullptr)) {}
    registration& operator=(registration&& other) noexcept {
        if (this != &other) {
            close();
            fd_ = detail::exchanged(other.fd_, -1);
            kind_ = other.kind_;
            loop_ = detail::exchanged(other.loop_, nullptr);
            record_ = detail::exchanged(other.record_, nullptr);
        }
        return *this;
    }
    [[gnu::always_inline]] ~registration() { close(); }

    explicit operator bool() const noexcept { return fd_ >= 0; }
    [[gnu::always_inline]] int native() const noexcept { return fd_; }
    descriptor_kind kind() const noexcept { return kind_; }
    bool attached() const noexcept { return record_ != nullptr; }

    /// Starts a request, and makes the record if one is needed. Null: it completed at once. Otherwise where it waits.
    template <class Request>
    typename Loop::descriptor* submit(Loop& where, Request& r) {
        auto& backend = where.backend();
        bool completed;
        if constexpr (requires { backend.attempt_now(0, r); }) {
            if (record_) completed = backend.submit(*record_, r);
            else completed = backend.attempt_now(fd_, r) || backend.submit_blocked(attach(where), r);
        } else {
            completed = backend.submit(attach(where), r);
        }
        return completed ? nullptr : record_;
    }

    /// The record in `where`, made now if there is none.
    typename Loop::descriptor& attach(Loop& where) {
        if (!record_) {
            record_ = &where.backend().open(fd_, kind_);
            loop_ = &where;
        }
        return *record_;
    }

    /// Gives the descriptor up without closing it. Operations that wait on it fail with ECANCELED.
    int release() noexcept {
        detach();
        return detail::exchanged(fd_, -1);
    }

    /// Closes the descriptor. Operations that wait on it fail with ECANCELED.
    void close() noexcept {
        detach();
        // EINTR or EIO: the descriptor is gone all the same, and there is nobody left to tell.
        if (fd_ >= 0) static_cast<void>(sys::close(detail::exchanged(fd_, -1)));
    }

private:
    void detach() noexcept {
        if (!record_) return;
        loop_->backend().close(*detail::exchanged(record_, nullptr));
        loop_ = nullptr;
    }

    int fd_;
    descriptor_kind kind_;
    Loop* loop_ = nullptr;
    typename Loop::descriptor* record_ = nullptr;
};

}  // namespace cohort
