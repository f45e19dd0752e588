#include "support/wait.hpp"

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <poll.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#    define SANITIZED 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#        define SANITIZED 1
#    endif
#endif

namespace support {

int time_factor() noexcept {
    static const int factor = [] {
        const char* preload = std::getenv("LD_PRELOAD");
        if (preload && std::strstr(preload, "vgpreload")) return 20;
#ifdef SANITIZED
        return 4;
#else
        return 1;
#endif
    }();
    return factor;
}

void pause_between_looks(std::chrono::microseconds& interval) noexcept {
    const timespec wait{0, long(interval.count()) * 1000};
    ::ppoll(nullptr, 0, &wait, nullptr);
    if (interval < std::chrono::milliseconds(20)) interval *= 2;
}

}  // namespace support
