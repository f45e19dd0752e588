/// @file
/// Anonymous files.
#pragma once

#include "../../detail/atomic.hpp"
#include "io.hpp"
#include "text.hpp"

#include <cwchar>
#include <string>

namespace cohort::sys {

/// A file that goes when the last handle of it is closed, and that the system keeps in memory as long as there is room.
/// It has a name in the directory for such files meanwhile, which begins with `name`. GetTempPathW, CreateFileW.
COHORT_COLD inline outcome<int> memfd_create(const char* name, unsigned = 0) noexcept {
    return detail::once<call::memfd_create, int>([&]() -> outcome<int> {
        static constinit cohort::detail::atomic<unsigned> made{0};
        wchar_t directory[MAX_PATH + 1];
        const ::DWORD length = ::GetTempPathW(MAX_PATH + 1, directory);
        if (length == 0 || length > MAX_PATH) return failure(last_error());
        return with_wide(name, [&](const wchar_t* begin) -> outcome<int> {
            ::LARGE_INTEGER ticks{};
            ::QueryPerformanceCounter(&ticks);
            wchar_t rest[64];
            std::swprintf(rest, sizeof rest / sizeof *rest, L"-%lu-%u-%llx.tmp", ::GetCurrentProcessId(),
                          made.fetch_add(1), static_cast<unsigned long long>(ticks.QuadPart));
            const std::wstring path = std::wstring(directory) + begin + rest;
            const ::HANDLE file = ::CreateFileW(path.c_str(), GENERIC_READ | GENERIC_WRITE, FILE_SHARE_DELETE,
                                                nullptr, CREATE_NEW,
                                                FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, nullptr);
            if (file == INVALID_HANDLE_VALUE) return failure(last_error());
            return descriptor_of(file, detail::synchronous_tag);
        });
    });
}

}  // namespace cohort::sys
