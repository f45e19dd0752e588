// What works for a port in other threads: waits for objects, calls that block, the timer.
//
// All of it runs in threads of the system's pool and ends with one packet put into the loop's port, after which that
// thread touches nothing of the request: whoever takes the packet may free it.
#pragma once

#include "../detail/atomic.hpp"
#include "../sys/io.hpp"
#include "../sys/port.hpp"
#include "../sys/thread.hpp"
#include "request.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>

namespace cohort::detail {

/// What goes on elsewhere for one request that waits. Belongs to the loop's thread.
class iocp_worker {
public:
    iocp_worker(const iocp_worker&) = delete;
    iocp_worker& operator=(const iocp_worker&) = delete;

    /// Each gives the request a worker and returns 0, or an error number.
    /// An event that tells of an overlapped call in the place of the port; `watch` follows.
    static int make_event(io_request& r, int port) noexcept {
        const auto made = sys::make_event();
        if (!made) return made.error();
        if (make(r, kind::event, port)) {
            r.worker_->event_ = *made;
            return 0;
        }
        static_cast<void>(sys::close(*made));
        return ENOMEM;
    }

    /// A wait for an object to be signalled.
    static int make_wait(io_request& r, int port, int object) noexcept {
        if (!make(r, kind::object, port)) return ENOMEM;
        if (const int code = r.worker_->watch(object)) {
            drop(r);
            return code;
        }
        return 0;
    }

    /// The request's call on a synchronous descriptor.
    static int make_call(io_request& r, int port, int fd) noexcept {
        if (!make(r, kind::call, port)) return ENOMEM;
        r.worker_->fd_ = fd;
        const auto queued = sys::queue_work<&iocp_worker::run>(r.worker_);
        if (!queued) drop(r);
        return queued.error();
    }

    /// Takes the worker away, if there is one: what it did is over.
    static void drop(io_request& r) noexcept {
        if (!r.worker_) return;
        delete r.worker_;
        r.worker_ = nullptr;
    }

    int event() const noexcept { return event_; }
    bool is_overlapped() const noexcept { return kind_ == kind::event; }

    /// Has the packet posted when the event is set; false: nobody will.
    bool watch() noexcept { return watch(event_) == 0; }

    /// Ends what is going on; true: no packet comes.
    bool take_back() noexcept {
        if (kind_ == kind::call) {
            interrupt();
            return false;
        }
        sys::unregister_wait(exchanged(wait_, nullptr));
        if (posted_.load()) return false;
        outcome_ = sys::failure(ECANCELED);
        return true;
    }

    /// What a wait or a call came to.
    sys::outcome<std::size_t> outcome() const noexcept { return outcome_; }

private:
    enum class kind : unsigned char { event, object, call };

    iocp_worker(io_request& r, kind k, int port) noexcept : request_(r), kind_(k), port_(port) {}
    ~iocp_worker() {
        if (wait_) sys::unregister_wait(wait_);
        if (event_ >= 0) static_cast<void>(sys::close(event_));
    }

    static bool make(io_request& r, kind k, int port) noexcept {
        r.worker_ = new (std::nothrow) iocp_worker(r, k, port);
        return r.worker_ != nullptr;
    }

    int watch(int object) noexcept {
        const auto registered = sys::register_wait<&iocp_worker::signalled>(object, this, true);
        if (registered) wait_ = *registered;
        return registered.error();
    }

    static void signalled(void* self) noexcept {
        auto& worker = *static_cast<iocp_worker*>(self);
        worker.posted_.store(true);
        worker.post();
    }

    static void run(void* self) noexcept {
        auto& worker = *static_cast<iocp_worker*>(self);
        worker.lock_.lock();
        if (worker.given_up_) {
            worker.outcome_ = sys::failure(ECANCELED);
        } else {
            worker.thread_ = sys::own_thread();
            worker.lock_.unlock();
            const auto outcome = worker.request_.calls_->call(worker.request_, worker.fd_);
            worker.lock_.lock();
            worker.outcome_ = outcome;
            if (worker.thread_ >= 0) static_cast<void>(sys::close(exchanged(worker.thread_, -1)));
        }
        worker.lock_.unlock();
        worker.post();
    }

    /// A thread that is on its way into its call, or out of it, is in none: asked again until it is one or the other.
    void interrupt() noexcept {
        lock_.lock();
        given_up_ = true;
        while (thread_ >= 0 && !sys::interrupt_thread(thread_)) {
            lock_.unlock();
            sys::yield_thread();
            lock_.lock();
        }
        lock_.unlock();
    }

    void post() noexcept {
        // The packet is what everything waits for: short of memory, it is tried until there is some.
        while (!sys::post_packet(port_, &request_.state())) sys::yield_thread();
    }

    io_request& request_;
    kind kind_;
    int port_;
    int fd_ = -1;
    int event_ = -1;
    sys::pool_wait wait_ = nullptr;
    atomic<bool> posted_{false};
    sys::outcome<std::size_t> outcome_ = std::size_t{0};

    // Between the loop's thread and that of a call.
    sys::thread_lock lock_;
    int thread_ = -1;
    bool given_up_ = false;
};

/// Wakes a port in less than the ticks of the system's clock, in which its own timeout is counted (15.6 ms).
class iocp_timer {
public:
    iocp_timer() noexcept {}
    iocp_timer(const iocp_timer&) = delete;
    iocp_timer& operator=(const iocp_timer&) = delete;

    /// For how long the port is to be asked to wait, if it is to take `timeout` nanoseconds: negative for ever, and then
    /// the timer wakes it.
    std::int64_t milliseconds(std::int64_t timeout, int port) noexcept {
        if (timeout <= 0) return timeout;
        if (timeout < finer_below && ready(port) && sys::set_timer(timer_, timeout)) return -1;
        return timeout / 1'000'000 + (timeout % 1'000'000 != 0);
    }

    void stop() noexcept {
        if (wait_) sys::unregister_wait(wait_);
        if (timer_ >= 0) static_cast<void>(sys::close(timer_));
    }

private:
    static constexpr std::int64_t finer_below = 1'000'000'000;

    bool ready(int port) noexcept {
        if (wait_) return true;
        if (tried_) return false;
        tried_ = true;
        port_ = port;
        timer_ = sys::make_fine_timer();
        if (timer_ < 0) return false;
        const auto registered = sys::register_wait<&iocp_timer::fired>(timer_, this, false);
        if (registered) wait_ = *registered;
        return wait_ != nullptr;
    }

    static void fired(void* self) noexcept {
        while (!sys::post_packet(static_cast<iocp_timer*>(self)->port_, nullptr)) sys::yield_thread();
    }

    int port_ = -1;
    int timer_ = -1;
    sys::pool_wait wait_ = nullptr;
    bool tried_ = false;
};

}  // namespace cohort::detail
