#include "support/wait.hpp"

#include "support/win32/win32.hpp"

namespace support {

int time_factor() noexcept {
    // Wine answers a call on a handle by way of another process, which this run's programs share.
    static const int factor = ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "wine_get_version") ? 4 : 1;
    return factor;
}

void pause_between_looks(std::chrono::microseconds& interval) noexcept {
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(interval);  // the system's clock has no shorter turn
    ::Sleep(DWORD(whole.count()));
    if (interval < std::chrono::milliseconds(20)) interval *= 2;
}

void wait_for_ever() noexcept {
    for (;;) ::Sleep(INFINITE);
}

}  // namespace support
