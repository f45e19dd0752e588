// ladder: how to stop a process: ask, wait for a while, ask harder.
#pragma once

#include "../async/error.hpp"
#include "../async/executor.hpp"
#include "../detail/chrono.hpp"
#include "../sys/platform.hpp"
#include "../sys/signal.hpp"

#include <cerrno>
#include <cstddef>

namespace cohort {

/// A stop ladder: signals, each with the time that the process gets to end after it. A fluent value.
///
///     ladder()                                   SIGTERM, 5 s, then SIGKILL
///     ladder(SIGINT, 2s).then(SIGTERM, 3s).then_kill()
///     ladder::patient(1s).then_kill()            closing its channel was the request
///
/// A signal that asks is followed by SIGCONT, so that a stopped process can act on it. When the last grace has passed
/// and the process still runs, it is let go as by `child::detach`.
class ladder {
public:
    /// One rung: the signal, or 0 for none, and the grace after it in nanoseconds.
    class rung {
    public:
        [[gnu::always_inline]] rung() noexcept : rung(0, 0) {}
        [[gnu::always_inline]] rung(int sig, executor::nanoseconds patience) noexcept : signal(sig), grace(patience) {}
        int signal;
        executor::nanoseconds grace;
    };

    /// SIGTERM, 5 s, SIGKILL.
    ladder() {
        add(sys::sigterm, 5 * second);
        then_kill();
    }

    /// Begins with `sig` and waits `grace`. Nothing follows unless it is said.
    template <class Rep, class Period>
    ladder(int sig, std::chrono::duration<Rep, Period> grace) {
        add(sig, to_nanoseconds(grace));
    }

    /// Begins by waiting `grace` without a signal: for a process that ends by itself when its input or its channel is
    /// closed.
    template <class Rep, class Period>
    static ladder patient(std::chrono::duration<Rep, Period> grace) {
        return ladder(0, grace);
    }

    /// What a worker gets whose command says nothing else: 2 s to end when its channel does, SIGTERM, 3 s, SIGKILL.
    static ladder worker() {
        ladder steps(empty_tag{});
        steps.add(0, 2 * second);
        steps.add(sys::sigterm, 3 * second);
        steps.then_kill();
        return steps;
    }

    /// SIGKILL at once.
    static ladder kill() {
        ladder only(empty_tag{});
        only.then_kill();
        return only;
    }

    /// Adds a signal and the grace after it. Errors: E2BIG for the ninth rung.
    template <class Rep, class Period>
    ladder& then(int sig, std::chrono::duration<Rep, Period> grace) {
        add(sig, to_nanoseconds(grace));
        return *this;
    }

    /// Adds SIGKILL. The kernel gets 10 s to carry it out, which it needs only if a device does not answer.
    ladder& then_kill() {
        add(sys::sigkill, 10 * second);
        return *this;
    }

    [[gnu::always_inline]] std::size_t size() const noexcept { return size_; }
    const rung& operator[](std::size_t i) const noexcept { return rungs_[i]; }

private:
    class empty_tag {};
    explicit ladder(empty_tag) noexcept {}

    static constexpr executor::nanoseconds second = 1'000'000'000;

    COHORT_COLD void add(int sig, executor::nanoseconds grace) {
        if (size_ == most) throw error(E2BIG, "ladder");
        rungs_[size_++] = rung(sig, grace);
    }

    static constexpr std::size_t most = 8;  // in place: a command carries its ladder, and a child copies it

    rung rungs_[most];
    std::size_t size_ = 0;
};

}  // namespace cohort
