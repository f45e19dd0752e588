#include "support/wait.hpp"

#include <cohort/sys/platform.hpp>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/select.h>
#include <unistd.h>

namespace support {

int time_factor() noexcept {
    static const int factor = [] {
        const char* preload = std::getenv("LD_PRELOAD");
        if (preload && std::strstr(preload, "vgpreload")) return 20;
        return COHORT_ASAN || COHORT_TSAN ? 4 : 1;
    }();
    return factor;
}

void pause_between_looks(std::chrono::microseconds& interval) noexcept {
    const timespec wait{0, long(interval.count()) * 1000};
    ::pselect(0, nullptr, nullptr, nullptr, &wait, nullptr);
    if (interval < std::chrono::milliseconds(20)) interval *= 2;
}

void wait_for_ever() noexcept {
    for (;;) ::pause();
}

}  // namespace support
