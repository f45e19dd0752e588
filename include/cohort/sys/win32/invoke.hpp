/// @file
/// The one way from a call of Windows to an `outcome`, and the place of the fault seam.
#pragma once

#include "../call.hpp"
#include "../outcome.hpp"
#include "../platform.hpp"
#include "error.hpp"
#include "handle.hpp"
#if defined(COHORT_FAULTS)
#    include "../fault.hpp"
#endif

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace cohort::sys::detail {

/// One call: `f()` gives its outcome itself.
template <call Which, class R, class F>
inline outcome<R> once(F&& f) noexcept {
#if defined(COHORT_FAULTS)
    // No signal interrupts a call here: such a fault is passed over, as a call that is made again.
    int error = EINTR;
    while (error == EINTR) error = fault::detail::arrive(Which).error;
    if (error != 0) return failed(error);
#endif
    return f();
}

/// One call that says with true that it succeeded, and otherwise with GetLastError why not.
template <call Which, class F>
inline outcome<> tried(F&& f) noexcept {
    return once<Which, void>([&]() -> outcome<> {
        if (f()) return success();
        return failure(last_error());
    });
}

/// One call of Winsock, which succeeded if it gave 0, and otherwise says with WSAGetLastError why not.
template <call Which, class F>
inline outcome<> tried_socket(F&& f) noexcept {
    return once<Which, void>([&]() -> outcome<> {
        if (f() == 0) return success();
        return failure(last_socket_error());
    });
}

/// A function of a library of the system that headers or older systems do not have; null where it is not there.
template <class Function>
inline Function function(const wchar_t* library, const char* name) noexcept {
    const ::HMODULE module = ::GetModuleHandleW(library);
    // By way of a pointer without a type: the two function types have nothing in common.
    return module ? reinterpret_cast<Function>(reinterpret_cast<void*>(::GetProcAddress(module, name))) : nullptr;
}

/// What one call moves at most: sizes are 32 bits wide, and some counts signed.
inline constexpr std::size_t most_moved = 0x7FFF0000;

/// A transfer of up to `size` bytes: `f(limit)` moves at most `limit` bytes and gives the outcome.
template <call Which, class F>
inline outcome<std::size_t> transfer(std::size_t size, F&& f) noexcept {
    if (size > most_moved) size = most_moved;
#if defined(COHORT_FAULTS)
    for (;;) {
        const fault::detail::verdict verdict = fault::detail::arrive(Which);
        if (verdict.error == EINTR) continue;
        if (verdict.error != 0) return failed(verdict.error);
        return f(static_cast<::DWORD>(size < verdict.limit ? size : verdict.limit));
    }
#else
    return f(static_cast<::DWORD>(size));
#endif
}

}  // namespace cohort::sys::detail
