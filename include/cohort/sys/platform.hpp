/// @file
/// The one file that tests macros of the operating system, the compiler and the instrumentation. Everything else uses
/// the macros defined here. Each is 0 or 1 (use `#if`, not `#ifdef`) unless its comment says otherwise.
///
/// A port to a further system adds, from top to bottom of this page: the system's own macro (1), its place in the
/// family of POSIX systems (2), its default reactor backend (3); then a folder `sys/<system>/` and one line in each
/// dispatcher `sys/<family>.hpp`. A further compiler adds its attributes (4) and its instrumentation (5).
#pragma once

// --- 1. The operating system -----------------------------------------------------------------------------------------
#if defined(__linux__)
/// The Linux kernel, with any C library.
#    define COHORT_OS_LINUX 1
#else
#    define COHORT_OS_LINUX 0
#endif
#if defined(_WIN32)
/// Windows 10 and later.
#    define COHORT_OS_WINDOWS 1
#else
#    define COHORT_OS_WINDOWS 0
#endif
#if COHORT_OS_WINDOWS && (defined(_WINDOWS_) || defined(_INC_WINDOWS))
/// The program has included <windows.h> itself, and wants its macros.
#    define COHORT_WINDOWS_H_INCLUDED 1
#else
#    define COHORT_WINDOWS_H_INCLUDED 0
#endif
#if defined(__APPLE__) && defined(__MACH__)
/// macOS 11 and later.
#    define COHORT_OS_MACOS 1
#else
#    define COHORT_OS_MACOS 0
#endif
#if defined(__FreeBSD__)
/// FreeBSD 13 and later.
#    define COHORT_OS_FREEBSD 1
#else
#    define COHORT_OS_FREEBSD 0
#endif
#if COHORT_OS_LINUX + COHORT_OS_WINDOWS + COHORT_OS_MACOS + COHORT_OS_FREEBSD != 1
#    error "cohort: this operating system is not supported; include/cohort/sys/platform.hpp says what a port has to add"
#endif

// --- 2. The family ---------------------------------------------------------------------------------------------------
/// A system of the BSD family, with kqueue(2): what stands in sys/bsd/ works there.
#define COHORT_OS_BSD (COHORT_OS_MACOS || COHORT_OS_FREEBSD)
/// A POSIX.1-2008 system: what stands in sys/posix/ works there.
#define COHORT_OS_POSIX (COHORT_OS_LINUX || COHORT_OS_BSD)

// --- 3. The reactor's default backend: the user's choice (-DCOHORT_BACKEND_POLL=1), else the best of the system ------
#if !defined(COHORT_BACKEND_EPOLL)
#    define COHORT_BACKEND_EPOLL 0
#endif
#if !defined(COHORT_BACKEND_POLL)
#    define COHORT_BACKEND_POLL 0
#endif
#if !defined(COHORT_BACKEND_KQUEUE)
#    define COHORT_BACKEND_KQUEUE 0
#endif
#if !defined(COHORT_BACKEND_IOCP)
#    define COHORT_BACKEND_IOCP 0
#endif
#if COHORT_BACKEND_EPOLL + COHORT_BACKEND_POLL + COHORT_BACKEND_KQUEUE + COHORT_BACKEND_IOCP > 1
#    error "cohort: choose one of COHORT_BACKEND_EPOLL, COHORT_BACKEND_POLL, COHORT_BACKEND_KQUEUE, COHORT_BACKEND_IOCP"
#elif COHORT_BACKEND_EPOLL + COHORT_BACKEND_POLL + COHORT_BACKEND_KQUEUE + COHORT_BACKEND_IOCP == 0
#    if COHORT_OS_LINUX
#        undef COHORT_BACKEND_EPOLL
/// The default loop waits with epoll.
#        define COHORT_BACKEND_EPOLL 1
#    elif COHORT_OS_BSD
#        undef COHORT_BACKEND_KQUEUE
/// The default loop waits with kqueue.
#        define COHORT_BACKEND_KQUEUE 1
#    elif COHORT_OS_WINDOWS
#        undef COHORT_BACKEND_IOCP
/// The default loop waits for an I/O completion port.
#        define COHORT_BACKEND_IOCP 1
#    else
#        undef COHORT_BACKEND_POLL
/// The default loop waits with poll.
#        define COHORT_BACKEND_POLL 1
#    endif
#endif
/// Processes are named and started as on the BSD systems: there, and wherever the loop waits with kqueue, such as on
/// Linux over the kevent() of the tests.
#define COHORT_PROCESSES_BY_KQUEUE (COHORT_OS_BSD || COHORT_BACKEND_KQUEUE)
#if COHORT_BACKEND_EPOLL && !COHORT_OS_LINUX
#    error "cohort: COHORT_BACKEND_EPOLL needs Linux"
#endif
#if COHORT_BACKEND_IOCP != COHORT_OS_WINDOWS
#    error "cohort: COHORT_BACKEND_IOCP is the backend of Windows, and of no other system"
#endif

// --- 4. The compiler -------------------------------------------------------------------------------------------------
#if !defined(__GNUC__)
#    error "cohort: this compiler is not supported; GCC 12 and Clang 16 and their successors are"
#endif

#if !defined(__cpp_impl_coroutine)
#    error "cohort: coroutines are needed: compile with -std=c++20 or later"
#endif
#if !defined(__cpp_exceptions)
#    error "cohort: exceptions are needed: compile without -fno-exceptions"
#endif

#if !defined(__clang__) && __GNUC__ < 13
/// GCC 11 and 12 destroy aggregate temporaries inside a co_await expression twice (GCC bug 100611 and its relatives).
#    define COHORT_GCC_BEFORE_13 1
#else
#    define COHORT_GCC_BEFORE_13 0
#endif

/// On a function: no call of it, not even in an unoptimised build. For accessors and the like, which would otherwise be
/// compiled as a function each in every translation unit.
#define COHORT_ALWAYS_INLINE __attribute__((always_inline))
/// On a function: a call of it stays a call.
#define COHORT_NOINLINE __attribute__((noinline))
/// On a function: rarely called; kept out of line and away from hot code.
#define COHORT_COLD __attribute__((noinline, cold))
/// Asks for the cache line at an address that will be used soon; never faults.
#define COHORT_PREFETCH(address) __builtin_prefetch(address)
/// On a function: not instrumented by the sanitizers. For code that runs where their runtime must not be entered.
#define COHORT_NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))

// GCC 12 to 15 warn of uninitialised members of coroutine frames that are initialised (GCC bug 109448).
#if defined(__clang__)
/// Opens a region of coroutine bodies in a header, without the false warnings of the compiler at hand.
#    define COHORT_COROUTINE_WARNINGS_PUSH _Pragma("GCC diagnostic push")
#else
#    define COHORT_COROUTINE_WARNINGS_PUSH                                                                             \
        _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wmaybe-uninitialized\"")
#endif
/// Closes the region.
#define COHORT_COROUTINE_WARNINGS_POP _Pragma("GCC diagnostic pop")

// --- 5. The instrumentation ------------------------------------------------------------------------------------------
#if defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define COHORT_ASAN 1
#    endif
#    if __has_feature(thread_sanitizer)
#        define COHORT_TSAN 1
#    endif
#endif
#if !defined(COHORT_ASAN)
#    if defined(__SANITIZE_ADDRESS__)
/// Built with AddressSanitizer.
#        define COHORT_ASAN 1
#    else
#        define COHORT_ASAN 0
#    endif
#endif
#if !defined(COHORT_TSAN)
#    if defined(__SANITIZE_THREAD__)
/// Built with ThreadSanitizer.
#        define COHORT_TSAN 1
#    else
#        define COHORT_TSAN 0
#    endif
#endif
