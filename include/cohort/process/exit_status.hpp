// exit_status: how a process ended.
#pragma once

#include "../async/detail/text.hpp"
#include "../detail/chrono.hpp"
#include "../sys/exit_info.hpp"
#include "../sys/signal_name.hpp"

#include <cstdint>
#include <string>

namespace cohort {

/// How a process ended, and what it used. A value.
class exit_status {
public:
    /// An exit with code 0.
    [[gnu::always_inline]] exit_status() noexcept {}
    [[gnu::always_inline]] explicit exit_status(const sys::exit_info& info) noexcept : info_(info) {}

    /// The status of a process that has ended, but whose status was taken by a wait outside of the library (or is not
    /// kept because the program ignores SIGCHLD), on a kernel that does not keep it for us (before Linux 6.15).
    static exit_status unknown() noexcept {
        exit_status status;
        status.lost_ = true;
        return status;
    }

    /// Whether it exited with code 0.
    bool ok() const noexcept { return exited() && info_.value == 0; }

    /// Whether it ended by itself, by exit or a return from main.
    bool exited() const noexcept { return !lost_ && info_.kind == sys::exit_kind::exited; }

    /// Whether a signal ended it.
    bool signaled() const noexcept { return !lost_ && info_.kind != sys::exit_kind::exited; }

    /// Whether the process has ended in a way that nobody can tell any more.
    bool lost() const noexcept { return lost_; }

    /// The exit code, 0 to 255, on Windows all 32 bits; -1 if it did not exit by itself.
    int code() const noexcept { return exited() ? info_.value : -1; }

    /// The number of the signal that ended it; 0 if none did.
    int signal() const noexcept { return signaled() ? info_.value : 0; }

    /// Windows: the exit code as the system has it, which may stand for a signal; elsewhere 0.
    std::uint32_t native_code() const noexcept { return info_.native_code; }

    /// Whether it left a core file.
    bool core_dumped() const noexcept { return signaled() && info_.kind == sys::exit_kind::dumped; }

    /// What a shell would show as $?: the code, or 128 and the signal; -1 if the status is lost.
    int shell_code() const noexcept { return signaled() ? 128 + info_.value : code(); }

    /// CPU time of the process and of its descendants that it has waited for.
    std::chrono::microseconds user_time() const noexcept { return info_.user_time; }
    std::chrono::microseconds system_time() const noexcept { return info_.system_time; }

    /// The largest resident set, in bytes; 0 if it is not known.
    std::uint64_t max_rss() const noexcept { return info_.max_rss; }

    /// `exited with 3`, `killed by SIGKILL`, `killed by SIGSEGV (core dumped)`, `exited, status lost`.
    COHORT_COLD std::string to_string() const {
        if (lost_) return "exited, status lost";
        if (exited()) return detail::joined("exited with ", detail::decimal(info_.value));
        std::string text = "killed by ";
        if (const char* name = sys::signal_name(info_.value)) text += name;
        else text += detail::joined("signal ", detail::decimal(info_.value));
        if (core_dumped()) text += " (core dumped)";
        return text;
    }

    /// Whether two processes ended alike; what they used does not count.
    friend bool operator==(const exit_status& a, const exit_status& b) noexcept {
        return a.lost_ == b.lost_ && a.info_.kind == b.info_.kind && a.info_.value == b.info_.value;
    }

private:
    sys::exit_info info_;
    bool lost_ = false;
};

}  // namespace cohort
