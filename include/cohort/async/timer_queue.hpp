// Timers: an indexed 4-ary heap of intrusive nodes.
//
// Four children share a cache line, so a sift touches half the lines of a binary heap; the deadline stands in the heap
// entry, so comparing follows no pointer. Each timer knows its position, so that it can be taken out in O(log n)
// without a search.
#pragma once

#include "detail/list.hpp"

#include <cstddef>
#include <cstdint>

namespace cohort {

/// Something that is called at a point of time. Owned by the user, who keeps it in place while it is armed.
class timer {
public:
    using callback = void (*)(timer&) noexcept;

    [[gnu::always_inline]] explicit timer(callback on_fire) noexcept : on_fire_(on_fire) {}
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;

    [[gnu::always_inline]] bool armed() const noexcept { return position_ != idle; }

private:
    friend class timer_queue;
    static constexpr std::uint32_t idle = 0xffffffff;

    callback on_fire_;
    std::uint32_t position_ = idle;
};

/// The armed timers of one executor, soonest first. Times are nanoseconds of the executor's clock.
class timer_queue {
public:
    using nanoseconds = std::int64_t;

    [[gnu::always_inline]] bool empty() const noexcept { return heap_.empty(); }
    std::size_t size() const noexcept { return heap_.size(); }

    /// The soonest deadline; the queue must not be empty.
    [[gnu::always_inline]] nanoseconds next_deadline() const noexcept { return heap_.front().deadline; }

    /// Arms a timer that is not armed. Amortised: may grow the heap's array, throws `std::bad_alloc` then.
    void arm(timer& t, nanoseconds deadline) {
        heap_.push_back(entry{deadline, &t});
        sift_up(heap_.size() - 1, entry{deadline, &t});
    }

    /// Gives an armed timer another deadline. It keeps its place, so nothing can fail.
    void rearm(timer& t, nanoseconds deadline) noexcept {
        disarm(t);
        arm(t, deadline);
    }

    /// Takes out a timer; does nothing if it is not armed.
    void disarm(timer& t) noexcept {
        const std::size_t hole = t.position_;
        if (hole == timer::idle) return;
        t.position_ = timer::idle;
        const entry last = heap_.back();
        heap_.pop_back();
        if (hole == heap_.size()) return;
        if (hole > 0 && last.deadline < heap_[parent(hole)].deadline) sift_up(hole, last);
        else sift_down(hole, last);
    }

    /// Fires all timers whose deadline is not after `now`, in order of their deadlines. A callback may arm and disarm.
    std::size_t fire(nanoseconds now) noexcept {
        std::size_t fired = 0;
        while (!heap_.empty() && heap_.front().deadline <= now) {
            timer& t = *heap_.front().node;
            disarm(t);
            t.on_fire_(t);
            ++fired;
        }
        return fired;
    }

    /// Calls `visit(timer&, deadline)` for each armed timer, in no particular order.
    template <class Visitor>
    void for_each(Visitor visit) const {
        for (const entry& e : heap_) visit(*e.node, e.deadline);
    }

private:
    struct entry {
        nanoseconds deadline;
        timer* node;
    };

    [[gnu::always_inline]] static constexpr std::size_t parent(std::size_t i) noexcept { return (i - 1) / 4; }

    void place(std::size_t i, entry e) noexcept {
        heap_[i] = e;
        e.node->position_ = static_cast<std::uint32_t>(i);
    }

    void sift_up(std::size_t i, entry e) noexcept {
        while (i > 0 && e.deadline < heap_[parent(i)].deadline) {
            place(i, heap_[parent(i)]);
            i = parent(i);
        }
        place(i, e);
    }

    void sift_down(std::size_t i, entry e) noexcept {
        const std::size_t size = heap_.size();
        for (;;) {
            const std::size_t first = 4 * i + 1;
            if (first >= size) break;
            const std::size_t last = first + 4 < size ? first + 4 : size;
            std::size_t best = first;
            for (std::size_t child = first + 1; child < last; ++child)
                if (heap_[child].deadline < heap_[best].deadline) best = child;
            if (heap_[best].deadline >= e.deadline) break;
            place(i, heap_[best]);
            i = best;
        }
        place(i, e);
    }

    detail::list<entry> heap_;
};

}  // namespace cohort
