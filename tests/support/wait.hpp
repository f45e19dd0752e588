#pragma once
#include <chrono>

namespace support {

/// By how much this build is slower than a plain one: above 1 under a sanitizer or valgrind. A time limit of a test is
/// multiplied by it.
int time_factor() noexcept;

/// For conditions of another process that send no event, such as what /proc says of it: looks again at short and growing
/// intervals until `holds()` or until the limit (scaled by time_factor) has passed; returns the last answer.
/// What happens in this process is waited for by its event, never with this.
template <class Predicate>
bool eventually(Predicate holds, std::chrono::milliseconds limit = std::chrono::seconds(10));

/// One interval of `eventually`: waits `interval` and lengthens it, up to 20 ms.
void pause_between_looks(std::chrono::microseconds& interval) noexcept;

/// For what is to be killed.
[[noreturn]] void wait_for_ever() noexcept;

template <class Predicate>
bool eventually(Predicate holds, std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit * time_factor();
    std::chrono::microseconds interval(200);
    for (;;) {
        if (holds()) return true;
        if (std::chrono::steady_clock::now() >= end) return holds();
        pause_between_looks(interval);
    }
}

}  // namespace support
