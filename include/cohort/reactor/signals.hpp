// Signals as awaitables.
//
// A signal handler is process-wide, so it is installed only while somebody awaits the signal, and what was there before
// is put back when the last set that names the signal is gone. The handler runs in any thread at any point and does
// only what signal-safety(7) allows: for each set that wants the signal it sets a bit and writes to the set's pipe.
//
// Why the handler never touches a set that is going away: sets occupy slots of a static table. The handler counts
// itself in before it looks at a slot's descriptor; the destructor restores the former actions, takes the descriptor
// out of the slot and then waits until no handler is counted in. Both are sequentially consistent, so a handler either
// sees the empty slot or is waited for; it never blocks, so the wait is a few instructions of another thread.
//
// A mask is inherited, and a program that was started with a signal blocked would await it for ever. So a set unblocks
// its signals in its thread once their handlers are there, and blocks what was blocked before the handlers go.
#pragma once

#include "../async/error.hpp"
#include "../detail/atomic.hpp"
#include "../sys/io.hpp"
#include "../sys/signal.hpp"
#include "../sys/signal_name.hpp"
#include "cancellation_point.hpp"
#include "io_operation.hpp"
#include "loop.hpp"

#include <cerrno>
#include <concepts>
#include <cstdint>

namespace cohort {

namespace detail {

/// A set's place in the handler's table.
struct signal_slot {
    atomic<int> descriptor{-1};
    atomic<std::uint64_t> mask{0};
    atomic<std::uint64_t> pending{0};
    bool used = false;
};

/// The handler's side: which sets want which signals.
class signal_table {
public:
    static constexpr int most_sets = 64;
    static constexpr int most_signals = 64;

    /// Occupies a slot for the signals in `mask` and installs the handlers that are not installed yet.
    static int add(std::uint64_t mask, int descriptor) {
        lock_guard lock;
        int index = 0;
        while (index < most_sets && slots_[index].used) ++index;
        if (index == most_sets) throw error(EMFILE, "signal_set");
        // The slot is ready before the first handler is installed: no signal falls between.
        signal_slot& s = slots_[index];
        s.used = true;
        s.pending.store(0);
        s.mask.store(mask);
        s.descriptor.store(descriptor);
        for (int sig = 1; sig <= most_signals; ++sig) {
            if (!(mask & bit(sig)) || users_[sig]++ > 0) continue;
            const auto former = sys::install_signal_handler(sig, &signal_table::handler);
            if (!former) {
                --users_[sig];
                vacate(s, mask & (bit(sig) - 1));
                throw error(former.error(), "sigaction", sys::signal_text(sig));
            }
            former_[sig] = *former;
        }
        return index;
    }

    static void remove(int index) noexcept {
        lock_guard lock;
        vacate(slots_[index], slots_[index].mask.load());
    }

    /// Takes the lowest pending signal of a slot, 0 if there is none.
    static int take(int index) noexcept {
        std::uint64_t pending = slots_[index].pending.load();
        while (pending != 0) {
            const std::uint64_t lowest = pending & (~pending + 1);
            if (slots_[index].pending.compare_exchange_weak(pending, pending & ~lowest)) return number(lowest);
        }
        return 0;
    }

    static constexpr std::uint64_t bit(int sig) noexcept { return std::uint64_t{1} << (sig - 1); }

private:
    struct lock_guard {
        lock_guard() noexcept {
            while (locked_.exchange(true, memory_order::acquire)) {}
        }
        ~lock_guard() { locked_.store(false, memory_order::release); }
    };

    static int number(std::uint64_t lowest) noexcept {
        int sig = 1;
        while (bit(sig) != lowest) ++sig;
        return sig;
    }

    /// Frees a slot; `installed` are those of its signals that were counted. With the lock held.
    static void vacate(signal_slot& s, std::uint64_t installed) noexcept {
        // The former action first: were the slot emptied before, a signal in between would reach neither.
        drop(installed);
        // Both before the wait: a handler that begins later must not find this set's signals with the next one's pipe.
        s.mask.store(0);
        s.descriptor.store(-1);
        while (handlers_.load() != 0) {}
        s.used = false;
    }

    static void drop(std::uint64_t mask) noexcept {
        for (int sig = 1; sig <= most_signals; ++sig)
            if ((mask & bit(sig)) && --users_[sig] == 0) static_cast<void>(sys::restore_signal(sig, former_[sig]));
    }

    static void handler(int sig) {
        const int saved = errno;
        handlers_.fetch_add(1);
        for (signal_slot& s : slots_) {
            if (!(s.mask.load() & bit(sig))) continue;
            const int descriptor = s.descriptor.load();
            if (descriptor < 0) continue;
            s.pending.fetch_or(bit(sig));
            // A full pipe means that a wake-up is already on its way.
            static_cast<void>(sys::write(descriptor, "", 1));
        }
        handlers_.fetch_sub(1);
        errno = saved;
    }

    static inline signal_slot slots_[most_sets];
    static inline int users_[most_signals + 1];
    static inline sys::saved_action former_[most_signals + 1];
    static inline atomic<int> handlers_{0};
    static inline atomic<bool> locked_{false};
};

/// Which signals the sets of this thread name, and which of them were blocked before.
class signal_mask {
public:
    COHORT_COLD static void unblock(std::uint64_t mask) noexcept {
        for (int sig = 1; sig <= signal_table::most_signals; ++sig) {
            if (!(mask & signal_table::bit(sig)) || sig == sys::sigpipe || users_[sig]++ > 0) continue;
            const auto former = sys::unblock_signal(sig);
            if (former && *former) blocked_ |= signal_table::bit(sig);
        }
    }

    COHORT_COLD static void put_back(std::uint64_t mask) noexcept {
        for (int sig = 1; sig <= signal_table::most_signals; ++sig) {
            if (!(mask & signal_table::bit(sig)) || sig == sys::sigpipe || --users_[sig] > 0) continue;
            if (blocked_ & signal_table::bit(sig)) static_cast<void>(sys::block_signal(sig));
            blocked_ &= ~signal_table::bit(sig);
        }
    }

private:
    static inline thread_local unsigned char users_[signal_table::most_signals + 1];
    static inline thread_local std::uint64_t blocked_ = 0;
};

}  // namespace detail

class signal_set;

/// The awaitable of `signal_set::next`.
class signal_operation : public io_operation<signal_operation, loop, readiness_request<direction::read>> {
public:
    explicit signal_operation(signal_set& set) noexcept;

    void await_resume() {
        throw_if_cancelled();
        if (!result) throw error(result.error(), "wait for a signal");
    }
};

/// Signals that this process handles by awaiting them. The default action is replaced while the set exists, and in the
/// thread that made it, which also has to destroy it, the signals are not blocked (SIGPIPE is, as always in a loop).
class signal_set {
public:
    template <std::same_as<int>... Signals>
    explicit signal_set(Signals... signals) {
        (add(mask_, signals), ...);
        const auto made = sys::pipe(true, true);
        if (!made) throw error(made.error(), "pipe", "signal_set");
        read_ = registration<loop>(made->read, descriptor_kind::other);
        write_ = made->write;
        try {
            slot_ = detail::signal_table::add(mask_, write_);
        } catch (...) {
            static_cast<void>(sys::close(write_));
            throw;
        }
        detail::signal_mask::unblock(mask_);
    }
    signal_set(const signal_set&) = delete;
    signal_set& operator=(const signal_set&) = delete;
    ~signal_set() {
        detail::signal_mask::put_back(mask_);
        detail::signal_table::remove(slot_);
        static_cast<void>(sys::close(write_));
    }

    /// Completes with the number of a signal of the set that has arrived since the set was made; several arrivals of
    /// one signal before it is taken count once, as everywhere. One call at a time. Cancellation: the signal stays
    /// pending.
    template <class = void>
    [[nodiscard("co_await it")]] task<int> next() {
        detail::cancellation_point entry;
        co_await entry;
        for (;;) {
            char bytes[64];
            // The wake-ups are taken before the bits are looked at: a signal in between leaves a new one.
            while (sys::read(read_.native(), bytes, sizeof bytes)) {}
            if (const int sig = detail::signal_table::take(slot_)) co_return sig;
            signal_operation arrival(*this);
            co_await arrival;
        }
    }

private:
    friend signal_operation;

    static void add(std::uint64_t& mask, int sig) {
        if (sig < 1 || sig > detail::signal_table::most_signals) throw error(EINVAL, "signal_set");
        mask |= detail::signal_table::bit(sig);
    }

    registration<loop> read_;
    int write_ = -1;
    int slot_ = -1;
    std::uint64_t mask_ = 0;
};

inline signal_operation::signal_operation(signal_set& set) noexcept : io_operation("signal", set.read_) {}

}  // namespace cohort
