/// @file
/// The names of signals.
#pragma once

#include "../../detail/decimal.hpp"
#include "../platform.hpp"

#include <csignal>
#include <string>
#include <string_view>

namespace cohort::sys {

namespace detail {
struct signal_entry {
    int number;
    const char* name;
};
// Where a number has two names, the first one here is the one that is given.
inline constexpr signal_entry signal_table[] = {
    {SIGHUP, "SIGHUP"},       {SIGINT, "SIGINT"},     {SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"},   {SIGTRAP, "SIGTRAP"},
    {SIGABRT, "SIGABRT"},     {SIGBUS, "SIGBUS"},     {SIGFPE, "SIGFPE"},   {SIGKILL, "SIGKILL"}, {SIGUSR1, "SIGUSR1"},
    {SIGSEGV, "SIGSEGV"},     {SIGUSR2, "SIGUSR2"},   {SIGPIPE, "SIGPIPE"}, {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"},
    {SIGCHLD, "SIGCHLD"},     {SIGCONT, "SIGCONT"},   {SIGSTOP, "SIGSTOP"}, {SIGTSTP, "SIGTSTP"}, {SIGTTIN, "SIGTTIN"},
    {SIGTTOU, "SIGTTOU"},     {SIGURG, "SIGURG"},     {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"}, {SIGPROF, "SIGPROF"},
    {SIGVTALRM, "SIGVTALRM"}, {SIGWINCH, "SIGWINCH"}, {SIGSYS, "SIGSYS"},
#if defined(SIGIO)
    {SIGIO, "SIGIO"},
#endif
#if defined(SIGPOLL)
    {SIGPOLL, "SIGPOLL"},
#endif
#if defined(SIGPWR)
    {SIGPWR, "SIGPWR"},
#endif
#if defined(SIGSTKFLT)
    {SIGSTKFLT, "SIGSTKFLT"},
#endif
#if defined(SIGINFO)
    {SIGINFO, "SIGINFO"},
#endif
#if defined(SIGIOT)
    {SIGIOT, "SIGIOT"},
#endif
};
}  // namespace detail

/// `SIGTERM` for 15; null for a number without a name of its own (real-time signals).
constexpr const char* signal_name(int sig) noexcept {
    for (const detail::signal_entry& entry : detail::signal_table)
        if (entry.number == sig) return entry.name;
    return nullptr;
}

/// The name, or the number of a signal that has none.
COHORT_COLD inline std::string signal_text(int sig) {
    if (const char* const name = signal_name(sig)) return name;
    return std::string(cohort::detail::decimal(sig).c_str());
}

/// 15 for `SIGTERM` or `TERM`; 0 where there is no signal of that name.
constexpr int signal_number(std::string_view name) noexcept {
    for (const detail::signal_entry& entry : detail::signal_table) {
        const std::string_view full = entry.name;
        if (name == full || name == full.substr(3)) return entry.number;
    }
    return 0;
}

}  // namespace cohort::sys
