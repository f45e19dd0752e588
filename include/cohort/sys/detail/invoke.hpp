/// @file
/// The one way from C's convention (-1 and `errno`) to an `outcome`, and the place of the fault seam.
#pragma once

#include "../call.hpp"
#include "../outcome.hpp"
#include "../platform.hpp"
#if defined(COHORT_FAULTS)
#    include "../fault.hpp"
#endif

#include <cerrno>
#include <cstddef>
#include <type_traits>

namespace cohort::sys::detail {

template <class R, class Raw> COHORT_ALWAYS_INLINE constexpr outcome<R> converted(Raw raw) noexcept {
    if (raw == static_cast<Raw>(-1)) [[unlikely]]
        return failed(errno);
    if constexpr (std::is_void_v<R>)
        return outcome<R>();
    else
        return outcome<R>(static_cast<R>(raw));
}

/// One call; whatever it reports, EINTR included, is the result.
template <call Which, class R, class F> COHORT_ALWAYS_INLINE inline outcome<R> once(F&& f) noexcept {
#if defined(COHORT_FAULTS)
    if (const int error = fault::detail::arrive(Which).error) return failed(error);
#endif
    return converted<R>(f());
}

/// `COHORT_SYS_ONCE(call, R, expression)`: `once` for a call that is one expression, without a closure to compile.
#if defined(COHORT_FAULTS)
#    define COHORT_SYS_ONCE(which, R, ...)                                                                             \
        ::cohort::sys::detail::once<::cohort::sys::call::which, R>([&] { return __VA_ARGS__; })
#else
#    define COHORT_SYS_ONCE(which, R, ...) ::cohort::sys::detail::converted<R>(__VA_ARGS__)
#endif

/// Made again for as long as a signal interrupts it.
template <call Which, class R, class F> COHORT_ALWAYS_INLINE inline outcome<R> retried(F&& f) noexcept {
    for (;;) {
        const outcome<R> result = once<Which, R>(f);
        if (result.error() != EINTR) [[likely]]
            return result;
    }
}

/// A transfer of up to `size` bytes: `f(limit)` moves at most `limit` bytes. Retried on EINTR.
template <call Which, class F> COHORT_ALWAYS_INLINE
inline outcome<std::size_t> transfer(std::size_t size, F&& f) noexcept {
#if defined(COHORT_FAULTS)
    for (;;) {
        const fault::detail::verdict verdict = fault::detail::arrive(Which);
        if (verdict.error == EINTR) continue;
        if (verdict.error != 0) return failed(verdict.error);
        const outcome<std::size_t> result = converted<std::size_t>(f(size < verdict.limit ? size : verdict.limit));
        if (result.error() != EINTR) return result;
    }
#else
    for (;;) {
        const outcome<std::size_t> result = converted<std::size_t>(f(size));
        if (result.error() != EINTR) [[likely]]
            return result;
    }
#endif
}

/// A call that takes effect even where it fails: the seam lets it happen and then reports its own error.
template <call Which, class F> COHORT_ALWAYS_INLINE inline outcome<> effected(F&& f) noexcept {
#if defined(COHORT_FAULTS)
    const int error = fault::detail::arrive(Which).error;
    const outcome<> result = converted<void>(f());
    return error != 0 ? outcome<>(failed(error)) : result;
#else
    return converted<void>(f());
#endif
}

}  // namespace cohort::sys::detail
