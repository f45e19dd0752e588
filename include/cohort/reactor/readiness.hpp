// The shared implementation of backends over systems that report readiness.
//
// Each descriptor has a record with a queue of readers and a queue of writers. A request is first attempted; only
// EAGAIN registers the descriptor and queues the request. When the system reports the descriptor ready, the queued
// requests are attempted again, oldest first.
//
// Why no wake-up is lost with edge-triggered reports: `ready[way]` is cleared only by EAGAIN, or by a short read of a
// stream that is registered and has not reported a hang-up. In both cases whatever arrives later makes a new edge, and
// registering reports what was there before. A record keeps `ready` when an edge arrives with nobody waiting. (A short
// read that leaves bytes behind is possible where a peer sends urgent TCP data, or descriptors to somebody who does not
// ask for them with recvmsg(2): such a reader waits until that peer sends more or closes. Requests that expect it say
// `ended_early()`.)
//
// Why a read that says so may wait all the same: its descriptor is watched level-triggered from then on, so what is
// left is reported again. That lasts while readers wait; a report that finds none goes back to edges, lest it be
// repeated in every turn.
//
// Why a reused descriptor number never reaches an old waiter: reports carry the record's slot and generation, not a
// pointer or a number; closing a record bumps its generation and takes it out of the system's set, also when the open
// file description lives on in another process.
//
// Writability is asked for only while a write is blocked: a stream socket reports it whenever the peer reads, which
// would cost one wake-up per message.
#pragma once

#include "../async/detail/list.hpp"
#include "../sys/fault.hpp"
#include "../sys/platform.hpp"
#include "backend.hpp"

#include <cerrno>
#include <cstdint>

namespace cohort {

namespace detail {

/// A record of a descriptor, in a slot that is reused but never freed before the backend is. One cache line: with
/// thousands of descriptors that is what a report costs here.
struct alignas(64) readiness_record {
    /// Requests that wait, linked in a circle.
    struct queue {
        io_request* last = nullptr;
        bool ready = true;  // nothing says that an attempt would block

        [[gnu::always_inline]] bool empty() const noexcept { return last == nullptr; }
    };

    int fd = -1;
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;  // 31 bits
    std::uint32_t poller_data = 0;  // the poller's own
    descriptor_kind kind = descriptor_kind::other;
    bool registered = false;
    bool wants_write = false;
    bool hung_up = false;
    bool wants_level = false;  // reads that come short do not tell whether there is more
    bool level = false;        // and so it is watched level-triggered, while a reader waits
    queue reads;
    queue writes;
    readiness_record* next_free = nullptr;
};

}  // namespace detail

/// A backend made of a poller, which has
///  * `static constexpr const char* name`, `static constexpr bool edge_triggered`;
///  * `sys::outcome<void> add(record)`, `sys::outcome<void> update(record)`, `void remove(record)`: the interest
///    follows from `record.wants_write` and, where not edge-triggered, from which queues are empty;
///  * `wait(timeout, expect, sink)`: calls `sink(slot, generation, readable, writable, hung_up)` per report, processes
///    first, and may call `expect(slot, false)` and then `expect(slot, true)` some time before, to have the record and
///    its waiter in the cache;
///  * `wake()`.
template <class Poller>
class readiness_backend {
public:
    using descriptor = detail::readiness_record;
    static constexpr const char* name = Poller::name;

    readiness_backend() = default;
    readiness_backend(const readiness_backend&) = delete;
    readiness_backend& operator=(const readiness_backend&) = delete;
    ~readiness_backend() {
        for (descriptor* chunk : chunks_) delete[] chunk;
    }

    descriptor& open(int fd, descriptor_kind kind) {
        if (!free_) add_chunk();
        descriptor& d = *free_;
        free_ = d.next_free;
        d.fd = fd;
        d.kind = kind;
        d.registered = d.wants_write = d.hung_up = d.wants_level = d.level = false;
        d.reads.ready = d.writes.ready = true;
        return d;
    }

    void close(descriptor& d) noexcept {
        if (d.registered) poller_.remove(d);
        d.registered = false;
        d.generation = (d.generation + 1) & 0x7fffffff;
        d.fd = -1;
        fail_all(d.reads);
        fail_all(d.writes);
        d.next_free = free_;
        free_ = &d;
    }

    template <class Request>
    bool submit(descriptor& d, Request& r) noexcept {
        auto& queue = queue_of<Request::way>(d);
        if (queue.empty() && queue.ready && perform(d, queue, r)) return true;
        return enqueue(d, r, &readiness_backend::attempt<Request>, Request::way);
    }

    /// Starts a request on a descriptor that has no record yet. False: it would block.
    template <class Request>
    bool attempt_now(int fd, Request& r) noexcept {
        try_once(fd, r);
        return !r.result.would_block();
    }

    /// Starts a request that `attempt_now` has found to block, on the record that was made for it.
    template <class Request>
    bool submit_blocked(descriptor& d, Request& r) noexcept {
        queue_of<Request::way>(d).ready = false;
        return enqueue(d, r, &readiness_backend::attempt<Request>, Request::way);
    }

    template <class Request>
    bool withdraw(descriptor& d, Request& r) noexcept {
        auto& queue = queue_of<Request::way>(d);
        if (queue.empty()) return false;
        io_request* before = queue.last;
        while (before->next_ != &r) {
            before = before->next_;
            if (before == queue.last) return false;
        }
        unlink_after(queue, *before);
        if constexpr (!Poller::edge_triggered) static_cast<void>(poller_.update(d));
        return true;
    }

    std::size_t wait(std::int64_t timeout) {
        std::size_t completed = 0;
        // With thousands of descriptors neither the record nor the waiting coroutine is in the cache: both are asked
        // for ahead of their turn, the record first and what it leads to a pass later.
        const auto expect = [this](std::uint32_t slot, bool waiter) {
            if (slot >= chunks_.size() * chunk_size) return;
            descriptor& d = chunks_[slot / chunk_size][slot % chunk_size];
            if (!waiter) return COHORT_PREFETCH(&d);
            if (const char* request = reinterpret_cast<const char*>(d.reads.last)) {
                COHORT_PREFETCH(request - 64);  // the operation that the request is a part of
                COHORT_PREFETCH(request);
            }
        };
        poller_.wait(timeout, expect, [&](std::uint32_t slot, std::uint32_t generation, bool readable, bool writable,
                                          bool hup) {
            if (slot >= chunks_.size() * chunk_size) return;
            descriptor& d = chunks_[slot / chunk_size][slot % chunk_size];
            if (d.generation != generation || d.fd < 0) return;
            if (hup) d.hung_up = true;
            if (readable || hup) {
                d.reads.ready = true;
                if (d.level && d.reads.empty()) [[unlikely]] {
                    // Nobody reads: one report is enough until somebody waits again.
                    d.level = false;
                    if (d.registered) static_cast<void>(poller_.update(d));
                }
                if (const std::size_t reads = drain(d, d.reads)) {
                    completed += reads;
                    hot_ = &d;
                    hot_generation_ = generation;
                }
            }
            if (d.generation != generation) return;
            if (writable || hup) {
                d.writes.ready = true;
                completed += drain(d, d.writes);
                if (d.generation == generation && d.wants_write && d.writes.empty()) {
                    d.wants_write = false;
                    // Asking for less cannot fail; if it did, it would cost a wake-up.
                    if (d.registered) static_cast<void>(poller_.update(d));
                }
            }
        });
        return completed;
    }

    /// Whether the descriptor that was last read from is waited for again: then `wait_hot` is worth calling.
    bool has_hot() const noexcept { return hot_ && hot_->generation == hot_generation_ && !hot_->reads.empty(); }

    /// For a loop that spins: attempts the reads that wait on that descriptor without asking the system which are
    /// ready. What it takes is reported all the same later, which costs one attempt that finds nothing.
    std::size_t wait_hot() noexcept {
        hot_->reads.ready = true;
        return drain(*hot_, hot_->reads);
    }

    void wake() noexcept { poller_.wake(); }

    /// Descriptors in use and how many are registered with the system: for `dump` and tests.
    template <class Visitor>
    void for_each(Visitor visit) const {
        for (const descriptor* chunk : chunks_)
            for (std::size_t i = 0; i < chunk_size; ++i)
                if (chunk[i].fd >= 0) visit(chunk[i]);
    }

private:
    using queue_type = typename descriptor::queue;

    template <direction Way>
    static queue_type& queue_of(descriptor& d) noexcept {
        if constexpr (Way == direction::read) return d.reads;
        else return d.writes;
    }

    static void push(queue_type& q, io_request& r) noexcept {
        if (q.last) {
            r.next_ = q.last->next_;
            q.last->next_ = &r;
        } else {
            r.next_ = &r;
        }
        q.last = &r;
    }

    /// Lets a request wait. True: that failed, the result is set. One function for all types of requests.
    COHORT_NOINLINE bool enqueue(descriptor& d, io_request& r, io_request::attempt_function how,
                                 direction way) noexcept {
        queue_type& queue = way == direction::read ? d.reads : d.writes;
        const bool to_level = Poller::edge_triggered && way == direction::read && d.wants_level && !d.level;
        if (to_level) [[unlikely]]
            d.level = true;
        if (!d.registered) {
            d.wants_write = way == direction::write;
            if (auto added = poller_.add(d); !added) {
                queue.ready = true;  // no report will say so
                r.result = sys::failure(added.error());
                return true;
            }
            d.registered = true;
        }
        r.attempt_ = how;
        push(queue, r);
        if (to_level || (way == direction::write && !d.wants_write)) {
            d.wants_write |= way == direction::write;
            if (auto updated = poller_.update(d); !updated) [[unlikely]] {
                // The queue was empty: nobody else waits in this direction.
                if (way == direction::write) d.wants_write = false;
                else d.level = false;
                pop(queue);
                queue.ready = true;
                r.result = sys::failure(updated.error());
                return true;
            }
        } else if constexpr (!Poller::edge_triggered) {
            static_cast<void>(poller_.update(d));  // room was made when it was added
        }
        return false;
    }

    /// Runs a request; false if it would block.
    template <class Request>
    static bool perform(descriptor& d, queue_type& q, Request& r) noexcept {
        try_once(d.fd, r);
        if (!r.result) {
            if (!r.result.would_block()) return true;
            q.ready = false;
            return false;
        }
        const bool watched = d.kind == descriptor_kind::stream && d.registered && !d.hung_up;
        if (watched && (r.drained() || r.ended_early()) && !made_up(d.fd, Request::way)) {
            q.ready = false;
            if (r.ended_early()) d.wants_level = true;
        }
        return true;
    }

    template <class Request>
    static void try_once(int fd, Request& r) noexcept {
        r.result = r.attempt(fd);
        if (r.result.would_block() && made_up(fd, Request::way)) r.result = r.attempt(fd);
    }

    /// Whether the fault seam may have made the result up: an EAGAIN or a short count of a descriptor that is ready is
    /// followed by no edge. Without a plan nothing is made up, and the descriptor is treated as in any other build.
    static bool made_up([[maybe_unused]] int fd, [[maybe_unused]] direction way) noexcept {
#if defined(COHORT_FAULTS)
        if (!sys::fault::planned()) return false;
        sys::poll_entry entry{fd, way == direction::read ? sys::poll_in : sys::poll_out, 0};
        const auto found = sys::poll(&entry, 1, 0);
        return !found || *found != 0;
#else
        return false;
#endif
    }

    template <class Request>
    static bool attempt(io_request& r, void* record) noexcept {
        auto& d = *static_cast<descriptor*>(record);
        return perform(d, queue_of<Request::way>(d), static_cast<Request&>(r));
    }

    std::size_t drain(descriptor& d, queue_type& q) noexcept {
        std::size_t completed = 0;
        while (q.ready && !q.empty()) {
            io_request& r = *q.last->next_;
            if (!r.attempt_(r, &d)) break;
            pop(q);
            ++completed;
            r.on_complete_(r);
        }
        if constexpr (!Poller::edge_triggered)
            if (completed && d.registered) static_cast<void>(poller_.update(d));
        return completed;
    }

    static void pop(queue_type& q) noexcept {
        unlink_after(q, *q.last);
    }

    static void unlink_after(queue_type& q, io_request& before) noexcept {
        io_request* const gone = before.next_;
        before.next_ = gone->next_;
        if (gone == q.last) q.last = gone == &before ? nullptr : &before;
    }

    static void fail_all(queue_type& q) noexcept {
        while (!q.empty()) {
            io_request& r = *q.last->next_;
            pop(q);
            r.result = sys::failure(ECANCELED);
            r.on_complete_(r);
        }
    }

    static constexpr std::size_t chunk_size = 32;

    void add_chunk() {
        const auto first = static_cast<std::uint32_t>(chunks_.size() * chunk_size);
        auto* chunk = new descriptor[chunk_size];
        try {
            chunks_.push_back(chunk);
        } catch (...) {
            delete[] chunk;
            throw;
        }
        for (std::size_t i = chunk_size; i-- > 0;) {
            chunk[i].slot = first + static_cast<std::uint32_t>(i);
            chunk[i].next_free = free_;
            free_ = &chunk[i];
        }
    }

    detail::list<descriptor*> chunks_;
    descriptor* free_ = nullptr;
    descriptor* hot_ = nullptr;
    std::uint32_t hot_generation_ = 0;
    Poller poller_;
};

}  // namespace cohort
