/// @file
/// The fault seam: with COHORT_FAULTS defined (in every translation unit of the program alike) a test decides that the
/// n-th call of a kind fails or transfers less. Without COHORT_FAULTS this header declares nothing and the wrappers are
/// the calls.
///
/// The plan is one table for the process, so it reaches the threads of the library too, and the child side of `spawn`.
/// It consists of atomics only: a wrapper may be called from a signal handler and from a child that shares this memory.
/// A rule is published by the store of its kind (release) after its operands, and read in the opposite order (acquire);
/// a call takes its number by one fetch_add, so that exactly one call is the n-th whatever the threads do.
#pragma once

#if defined(COHORT_FAULTS)

#    include "call.hpp"

#    include <atomic>
#    include <cstddef>
#    include <cstdint>
#    include <cstdlib>

namespace cohort::sys::fault {

namespace detail {

enum class rule_kind : std::uint8_t { none, fail_once, short_once, fail_every, short_every, fail_random };

struct rule {
    std::atomic<rule_kind> kind{rule_kind::none};
    std::atomic<std::uint64_t> start{0};   // calls already made when the rule was given
    std::atomic<std::uint64_t> number{0};  // which call from then on, or the period, or the seed
    std::atomic<std::uint64_t> limit{0};   // bytes, or the probability scaled to 64 bits
    std::atomic<int> error{0};
};

struct slot {
    std::atomic<std::uint64_t> calls{0};
    std::atomic<std::uint64_t> injected{0};
    rule rules[6];
};

inline slot table[call_count];
inline std::atomic<bool> planned{false};

/// What the seam decided about a call: an error, or at most so many bytes.
struct verdict {
    int error = 0;
    std::size_t limit = SIZE_MAX;
};

// The finaliser of SplitMix64: the same seed gives the same faults on every machine.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

inline void consult(slot& s, verdict& v) noexcept {
    const std::uint64_t number = s.calls.fetch_add(1, std::memory_order_relaxed) + 1;
    for (const rule& r : s.rules) {
        const rule_kind kind = r.kind.load(std::memory_order_acquire);
        if (kind == rule_kind::none) continue;
        const std::uint64_t nth = number - r.start.load(std::memory_order_relaxed);
        const std::uint64_t wanted = r.number.load(std::memory_order_relaxed);
        const std::uint64_t limit = r.limit.load(std::memory_order_relaxed);
        bool hit = false;
        switch (kind) {
        case rule_kind::fail_once:
        case rule_kind::short_once: hit = nth == wanted; break;
        case rule_kind::fail_every:
        case rule_kind::short_every: hit = nth % wanted == 0; break;
        case rule_kind::fail_random: hit = mix(wanted ^ mix(nth)) < limit; break;
        case rule_kind::none: break;
        }
        if (!hit) continue;
        s.injected.fetch_add(1, std::memory_order_relaxed);
        if (kind == rule_kind::short_once || kind == rule_kind::short_every)
            v.limit = limit < v.limit ? static_cast<std::size_t>(limit) : v.limit;
        else
            v.error = r.error.load(std::memory_order_relaxed);
    }
}

/// Counts a call and says what becomes of it.
inline verdict arrive(call which) noexcept {
    verdict v;
    consult(table[static_cast<std::size_t>(which)], v);
    consult(table[static_cast<std::size_t>(call::any)], v);
    return v;
}

inline void add(call which, rule_kind kind, std::uint64_t number, std::uint64_t limit, int error) noexcept {
    slot& s = table[static_cast<std::size_t>(which)];
    for (rule& r : s.rules) {
        if (r.kind.load(std::memory_order_acquire) != rule_kind::none) continue;
        r.start.store(s.calls.load(std::memory_order_relaxed), std::memory_order_relaxed);
        r.number.store(number, std::memory_order_relaxed);
        r.limit.store(limit, std::memory_order_relaxed);
        r.error.store(error, std::memory_order_relaxed);
        planned.store(true, std::memory_order_relaxed);
        r.kind.store(kind, std::memory_order_release);
        return;
    }
    std::abort();  // more rules for one call than a test can mean
}

}  // namespace detail

/// The n-th call from now (1 is the next one) fails with `error` and is not made. Exception: `close` is made, for a
/// close that fails has released the descriptor all the same.
inline void fail(call which, std::uint64_t nth, int error) noexcept {
    detail::add(which, detail::rule_kind::fail_once, nth, 0, error);
}
/// The n-th call from now transfers at most `count` bytes (0 stands for the end of the stream where the call is a
/// read).
inline void short_count(call which, std::uint64_t nth, std::size_t count) noexcept {
    detail::add(which, detail::rule_kind::short_once, nth, count, 0);
}
/// Each `period`-th call from now on fails with `error`. A call that is retried on EINTR needs a period of at least 2.
inline void every(call which, std::uint64_t period, int error) noexcept {
    detail::add(which, detail::rule_kind::fail_every, period ? period : 1, 0, error);
}
/// Each `period`-th call from now on transfers at most `count` bytes.
inline void short_every(call which, std::uint64_t period, std::size_t count) noexcept {
    detail::add(which, detail::rule_kind::short_every, period ? period : 1, count, 0);
}
/// Each call from now on fails with `error` with the given probability below 1; the same seed fails the same calls.
inline void random(call which, std::uint64_t seed, double probability, int error) noexcept {
    const double scaled = probability * 18446744073709551616.0;
    detail::add(which, detail::rule_kind::fail_random, seed, static_cast<std::uint64_t>(scaled), error);
}

/// How many calls of this kind there have been since the last `clear`; `call::any` counts all. A test runs an operation
/// once to learn the number of its sites and then once for each with a fault in it.
inline std::uint64_t count(call which) noexcept {
    return detail::table[static_cast<std::size_t>(which)].calls.load(std::memory_order_relaxed);
}
/// How many faults the rules given for `which` have injected since the last `clear`: a test that expects a fault checks
/// that it came.
inline std::uint64_t injected(call which) noexcept {
    return detail::table[static_cast<std::size_t>(which)].injected.load(std::memory_order_relaxed);
}
/// Whether a rule has been given since the last `clear`. Where none has, what a call says is what the system said.
inline bool planned() noexcept { return detail::planned.load(std::memory_order_relaxed); }
/// Forgets all rules and counts.
inline void clear() noexcept {
    for (detail::slot& s : detail::table) {
        for (detail::rule& r : s.rules) r.kind.store(detail::rule_kind::none, std::memory_order_release);
        s.calls.store(0, std::memory_order_relaxed);
        s.injected.store(0, std::memory_order_relaxed);
    }
    detail::planned.store(false, std::memory_order_relaxed);
}

/// Clears the plan when it is made and again when it is left, so that a fault never outlives its test.
class scope {
public:
    scope() noexcept { clear(); }
    ~scope() { clear(); }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;
};

}  // namespace cohort::sys::fault

#endif
