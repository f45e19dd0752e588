// stop_cause: who ended a process before it ended by itself.
#pragma once

#include "../async/detail/text.hpp"
#include "../sys/signal_name.hpp"

#include <cstdint>
#include <string>

namespace cohort {

/// Why the library stopped a process, and by which signal at last. False if the process ended without that.
class stop_cause {
public:
    enum class reason : std::uint8_t {
        none,     ///< it was not stopped by the library
        request,  ///< `child::stop`, or the child's owner was gone
        timeout,  ///< `command::timeout`
        limit,    ///< `command::capture_limit` with the policy `fail`
    };

    [[gnu::always_inline]] stop_cause() noexcept {}
    [[gnu::always_inline]] stop_cause(reason why, int sig) noexcept : why_(why), signal_(sig) {}

    explicit operator bool() const noexcept { return why_ != reason::none; }
    [[gnu::always_inline]] reason why() const noexcept { return why_; }

    /// The last signal that its ladder sent; 0 if it ended before there was one.
    int signal() const noexcept { return signal_; }

    /// `timeout (SIGKILL)`; empty if it was not stopped.
    COHORT_COLD std::string to_string() const {
        constexpr const char* words[] = {"", "request", "timeout", "limit"};
        std::string text = words[static_cast<std::uint8_t>(why_)];
        if (signal_ == 0) return text;
        return detail::joined(text, " (", sys::signal_text(signal_), ")");
    }

private:
    reason why_ = reason::none;
    int signal_ = 0;
};

}  // namespace cohort
