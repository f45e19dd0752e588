// Adaptive spinning: look for events for a while before blocking, if that has been paying off.
//
// Being woken on another, idle core costs 15 to 20 us; an answer that arrives sooner is cheaper to wait for awake. It
// only pays with a second CPU to produce the answer, so the policy spins only if at least two are usable. Each spin
// that finds nothing within its budget doubles the number of waits that are not spun (up to 1024), each that does
// resets it: a loop that waits long, or shares its only core with its peer, stops spinning at once and probes rarely.
#pragma once

#include <cstdint>

namespace cohort::detail {

class spin_policy {
public:
    void configure(std::int64_t budget_ns, int usable_cpus) noexcept {
        budget_ = usable_cpus >= 2 ? budget_ns : 0;
        skip_ = penalty_ = 0;
    }

    /// Nanoseconds to spin before the wait that is due now; 0 for none.
    std::int64_t budget() noexcept {
        if (budget_ == 0) return 0;
        if (skip_ > 0) {
            --skip_;
            return 0;
        }
        return budget_;
    }

    [[gnu::always_inline]] void found() noexcept { penalty_ = 0; }

    void missed() noexcept {
        penalty_ = penalty_ == 0 ? 1 : penalty_ < most_skipped ? penalty_ * 2 : penalty_;
        skip_ = penalty_;
    }

private:
    static constexpr std::uint32_t most_skipped = 1024;

    std::int64_t budget_ = 0;
    std::uint32_t skip_ = 0;
    std::uint32_t penalty_ = 0;
};

}  // namespace cohort::detail
