/// @file
/// The names of the signals of Windows.
#pragma once

#include "../../detail/decimal.hpp"
#include "../platform.hpp"
#include "signal_number.hpp"

#include <string>
#include <string_view>

namespace cohort::sys {

namespace detail {
struct signal_entry {
    int number;
    const char* name;
};
inline constexpr signal_entry signal_table[] = {
    {SIGHUP, "SIGHUP"},   {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"},
    {SIGTRAP, "SIGTRAP"}, {SIGFPE, "SIGFPE"},   {SIGKILL, "SIGKILL"}, {SIGSEGV, "SIGSEGV"},
    {SIGTERM, "SIGTERM"}, {SIGABRT, "SIGABRT"}, {SIGBREAK, "SIGBREAK"}, {SIGWINCH, "SIGWINCH"},
};
}  // namespace detail

/// `SIGTERM` for 15; null for a number without a name.
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
