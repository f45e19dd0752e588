// command_failed: a command that was asked for its text did not end well.
#pragma once

#include "../async/detail/text.hpp"
#include "../async/error.hpp"
#include "../sys/platform.hpp"
#include "exit_status.hpp"

#include <string>
#include <string_view>
#include <system_error>

namespace cohort {

namespace detail {

class exit_category : public std::error_category {
public:
    const char* name() const noexcept override { return "exit status"; }
    COHORT_COLD std::string message(int value) const override {
        return value >= 0 ? detail::joined("exited with ", detail::decimal(value))
                          : detail::joined("killed by signal ", detail::decimal(-value));
    }
};

inline const std::error_category& exit_codes() noexcept {
    static const exit_category category;
    return category;
}

}  // namespace detail

/// Thrown by `command::text` and `output_result::text`: `git rev-parse exited with 128 after 12 ms: fatal: not a
/// repository`. Its code is the exit code, or the negative number of the signal, in a category of its own.
class command_failed : public error {
public:
    command_failed(std::string_view title, const exit_status& status, const std::string& text)
        : error(std::error_code(status.signaled() ? -status.signal() : status.code(), detail::exit_codes()), "command",
                title),
          status_(status) {
        say(text);
    }

    const exit_status& status() const noexcept { return status_; }

private:
    exit_status status_;
};

}  // namespace cohort
