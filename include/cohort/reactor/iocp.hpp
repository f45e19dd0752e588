// The backend over an I/O completion port: for Windows.
//
// A request is an OVERLAPPED that the kernel owns from the start of its call until its packet has been taken from the
// port. Nothing here may be freed or used again before that, and each request is accounted for: it stands in the list
// of its descriptor's record until its packet has come, is then queued as arrived, and is completed from there.
//
// Why a call that is done at once needs no packet: descriptors are associated with FILE_SKIP_COMPLETION_PORT_ON_SUCCESS,
// so a packet comes for what waited and for nothing else.
//
// Why closing waits: whoever closes a descriptor frees its requests right afterwards. `close` asks for all of them to be
// taken back, and takes packets from the port until theirs have come; the system takes back a read or write of a pipe
// or socket at once. What else comes meanwhile is queued for the next `wait`. Packets are always queued first and
// completed one by one: a completion that closes another descriptor finds that one's packets in the queue.
//
// A descriptor belongs to one port for its life, in whichever process. One that belongs to another already (a received
// listener, a stream that has changed its loop) has its calls told to an event of their own, and a wait of the system's
// thread pool puts the packet into this port. So it is with the end of a process.
//
// A synchronous handle (what was inherited as standard input) is read by a thread of that pool, and a wait that is given
// up interrupts the thread's call.
#pragma once

#include "../async/detail/list.hpp"
#include "../async/error.hpp"
#include "../sys/io.hpp"
#include "../sys/port.hpp"
#include "backend.hpp"
#include "iocp_worker.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace cohort {

namespace detail {

/// A record of a descriptor, in a slot that is reused but never freed before the backend is.
struct iocp_record {
    /// How the completions of its calls come.
    enum class way : unsigned char { unknown, port, event };

    int fd = -1;
    descriptor_kind kind = descriptor_kind::other;
    way completions = way::unknown;
    io_request* in_flight = nullptr;
    iocp_record* next_free = nullptr;
};

}  // namespace detail

class iocp_backend {
public:
    using descriptor = detail::iocp_record;
    static constexpr const char* name = "iocp";

    iocp_backend() {
        const auto made = sys::make_port();
        if (!made) throw error(made.error(), "CreateIoCompletionPort");
        port_ = *made;
    }
    iocp_backend(const iocp_backend&) = delete;
    iocp_backend& operator=(const iocp_backend&) = delete;
    ~iocp_backend() {
        timer_.stop();
        static_cast<void>(sys::close(port_));
        for (descriptor* chunk : chunks_) delete[] chunk;
    }

    descriptor& open(int fd, descriptor_kind kind) {
        if (!free_) add_chunk();
        descriptor& d = *free_;
        free_ = d.next_free;
        d.fd = fd;
        d.kind = kind;
        d.completions = descriptor::way::unknown;
        return d;
    }

    void close(descriptor& d) noexcept {
        for (io_request* r = d.in_flight; r; r = r->next_)
            if (!r->here_) cancel(*r);
        // An error of the port cannot be met in another way than by asking again.
        while (awaits_packet(d)) static_cast<void>(take(-1));
        // Off the record before the first is told: what that does may open another descriptor in this slot.
        io_request* told = nullptr;
        while (d.in_flight) {  // the oldest first
            io_request& r = *d.in_flight;
            unlink(r);
            push(told, r);
        }
        const int fd = detail::exchanged(d.fd, -1);
        d.next_free = free_;
        free_ = &d;
        while (told) {
            io_request& r = *told;
            unlink(r);
            take_out(r);
            r.result = outcome_of(r, fd);
            if (r.result.would_block()) r.result = sys::failure(ECANCELED);  // it would have been begun again
            r.on_complete_(r);
        }
    }

    template <class Request>
    bool submit(descriptor& d, Request& r) noexcept {
        static constexpr io_request::call_steps of_request{&start_as<Request>, &finish_as<Request>, &call_as<Request>};
        r.calls_ = &of_request;
        r.record_ = &d;
        if constexpr (requires { Request::waits_for_object; }) return begin_wait(d, r);
        else if (sys::is_synchronous(d.fd)) return call_synchronous(d, r, r.blocks());
        else return begin(d, r);
    }

    /// What is in flight comes back by its packet, with ECANCELED or with what it did.
    template <class Request>
    bool withdraw(descriptor&, Request& r) noexcept {
        if (!r.here_) cancel(r);
        return false;
    }

    std::size_t wait(std::int64_t timeout) {
        if (const auto taken = take(exits_ || arrived_ ? 0 : timeout); !taken)
            throw error(taken.error(), "GetQueuedCompletionStatusEx");
        std::size_t completed = 0;
        while (exits_ || arrived_) completed += complete(exits_ ? *exits_ : *arrived_);
        return completed;
    }

    void wake() noexcept { static_cast<void>(sys::post_packet(port_, nullptr)); }

    /// Descriptors in use: for tests.
    template <class Visitor>
    void for_each(Visitor visit) const {
        for (const descriptor* chunk : chunks_)
            for (std::size_t i = 0; i < chunk_size; ++i)
                if (chunk[i].fd >= 0) visit(chunk[i]);
    }

private:
    template <class Request>
    static sys::outcome<std::size_t> start_as(io_request& r, int fd) noexcept {
        return static_cast<Request&>(r).start(fd, r.state());
    }
    template <class Request>
    static sys::outcome<std::size_t> finish_as(io_request& r, int fd, sys::outcome<std::size_t> outcome) noexcept {
        return static_cast<Request&>(r).finish(fd, outcome);
    }
    template <class Request>
    static sys::outcome<std::size_t> call_as(io_request& r, int fd) noexcept {
        return static_cast<Request&>(r).call(fd);
    }

    /// Starts a call, again as often as what it came to means nothing. True: it is done, `result` is set.
    COHORT_NOINLINE bool begin(descriptor& d, io_request& r) noexcept {
        if (d.completions == descriptor::way::unknown) [[unlikely]] {
            const auto joined = sys::associate(port_, d.fd);
            if (!joined && joined.error() != EINVAL) {
                r.result = sys::failure(joined.error());
                return true;
            }
            d.completions = joined ? descriptor::way::port : descriptor::way::event;
        }
        for (;;) {
            if (d.completions == descriptor::way::event && !r.worker_) {
                if (const int code = detail::iocp_worker::make_event(r, port_)) {
                    r.result = sys::failure(code);
                    return true;
                }
            }
            r.state().prepare(r.worker_ ? r.worker_->event() : -1);
            sys::outcome<std::size_t> outcome = r.calls_->start(r, d.fd);
            if (outcome.would_block()) {
                // Watched only now: who is done at once posts nothing, and an event that is set already is seen as well.
                if (!r.worker_ || r.worker_->watch()) {
                    link(d, r);
                    return false;
                }
                sys::cancel(d.fd, r.state());
                sys::await_object(r.worker_->event());
                outcome = sys::result_of(d.fd, r.state());
            }
            detail::iocp_worker::drop(r);
            r.result = r.calls_->finish(r, d.fd, outcome);
            if (!r.result.would_block()) return true;
        }
    }

    /// Waits for the descriptor's object.
    COHORT_COLD bool begin_wait(descriptor& d, io_request& r) noexcept {
        r.result = r.calls_->start(r, d.fd);
        if (!r.result.would_block()) return true;
        return started_elsewhere(d, r, detail::iocp_worker::make_wait(r, port_, d.fd));
    }

    /// Makes the call here, or where it may take long in another thread.
    COHORT_COLD bool call_synchronous(descriptor& d, io_request& r, bool elsewhere) noexcept {
        if (!elsewhere) {
            r.result = r.calls_->call(r, d.fd);
            return true;
        }
        return started_elsewhere(d, r, detail::iocp_worker::make_call(r, port_, d.fd));
    }

    static bool started_elsewhere(descriptor& d, io_request& r, int code) noexcept {
        if (code == 0) {
            // Its packet is taken by this thread, so not before now.
            link(d, r);
            return false;
        }
        r.result = sys::failure(code);
        return true;
    }

    /// Has the system take a call back; its packet comes all the same, unless it has come.
    void cancel(io_request& r) noexcept {
        if (!r.worker_ || r.worker_->is_overlapped()) sys::cancel(r.record_->fd, r.state());
        else if (r.worker_->take_back()) arrive(r);  // nothing but a wait was going on: no packet will come
    }

    static sys::outcome<std::size_t> outcome_of(io_request& r, int fd) noexcept {
        const bool overlapped = !r.worker_ || r.worker_->is_overlapped();
        const sys::outcome<std::size_t> outcome = overlapped ? sys::result_of(fd, r.state()) : r.worker_->outcome();
        detail::iocp_worker::drop(r);
        return r.calls_->finish(r, fd, outcome);
    }

    /// Completes what has arrived, or begins it again. How many that completed.
    std::size_t complete(io_request& r) noexcept {
        descriptor& d = *r.record_;
        unlink(r);
        take_out(r);
        r.result = outcome_of(r, d.fd);
        if (r.result.would_block() && !begin(d, r)) return 0;
        r.on_complete_(r);
        return 1;
    }

    bool awaits_packet(const descriptor& d) const noexcept {
        for (const io_request* r = d.in_flight; r; r = r->next_)
            if (!r->here_) return true;
        return false;
    }

    static void link(descriptor& d, io_request& r) noexcept { push(d.in_flight, r); }

    static void push(io_request*& list, io_request& r) noexcept {
        r.next_ = list;
        r.link_ = &list;
        if (list) list->link_ = &r.next_;
        list = &r;
    }

    static void unlink(io_request& r) noexcept {
        *r.link_ = r.next_;
        if (r.next_) r.next_->link_ = r.link_;
    }

    /// Queues a request whose packet has been taken: ends of processes apart, which are told first.
    void arrive(io_request& r) noexcept {
        r.here_ = true;
        r.ahead_ = r.record_->kind == descriptor_kind::process;
        r.arrived_ = nullptr;
        if (r.ahead_) {
            r.arrived_ = exits_;
            exits_ = &r;
            return;
        }
        if (last_arrived_) last_arrived_->arrived_ = &r;
        else arrived_ = &r;
        last_arrived_ = &r;
    }

    void take_out(io_request& r) noexcept {
        r.here_ = false;
        io_request* before = nullptr;
        io_request** from = r.ahead_ ? &exits_ : &arrived_;
        while (*from != &r) {
            before = *from;
            from = &before->arrived_;
        }
        *from = r.arrived_;
        if (last_arrived_ == &r) last_arrived_ = before;
    }

    /// Takes what the port has, and waits for it for at most `timeout` nanoseconds, or for ever.
    sys::outcome<> take(std::int64_t timeout) noexcept {
        constexpr int most = 64;
        sys::port_packet packets[most];
        const auto found = sys::take_packets(port_, packets, most, timer_.milliseconds(timeout, port_));
        if (!found) return sys::failure(found.error());
        for (int i = 0; i < *found; ++i)
            if (packets[i].lpOverlapped) arrive(io_request::of(*packets[i].lpOverlapped));
        return sys::success();
    }

    static constexpr std::size_t chunk_size = 32;

    void add_chunk() {
        auto* chunk = new descriptor[chunk_size];
        try {
            chunks_.push_back(chunk);
        } catch (...) {
            delete[] chunk;
            throw;
        }
        for (std::size_t i = chunk_size; i-- > 0;) {
            chunk[i].next_free = free_;
            free_ = &chunk[i];
        }
    }

    int port_ = -1;
    detail::iocp_timer timer_;
    io_request* exits_ = nullptr;
    io_request* arrived_ = nullptr;
    io_request* last_arrived_ = nullptr;
    detail::list<descriptor*> chunks_;
    descriptor* free_ = nullptr;
};

}  // namespace cohort
