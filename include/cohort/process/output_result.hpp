// output_result: what a command that ran to its end has left.
#pragma once

#include "../async/detail/text.hpp"
#include "../detail/chrono.hpp"
#include "../sys/path.hpp"
#include "../sys/platform.hpp"
#include "command_failed.hpp"
#include "detail/capture_buffer.hpp"
#include "exit_status.hpp"
#include "stop_cause.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace cohort {

namespace detail {
class capture;
}

/// How a command ended and what it wrote. Movable.
class output_result {
public:
    output_result() noexcept {}
    output_result(output_result&&) noexcept = default;
    output_result& operator=(output_result&&) noexcept = default;

    /// Whether it exited with code 0, and was not cut off by a timeout.
    bool ok() const noexcept { return status_.ok() && !stopped_by_; }

    const exit_status& status() const noexcept { return status_; }

    /// What it wrote to stdout and stderr. The view lasts as long as the result; a temporary gives a string of its own.
    std::string_view out() const& noexcept { return out_.text(); }
    std::string_view err() const& noexcept { return err_.text(); }
    std::string out() && { return std::string(out_.text()); }
    std::string err() && { return std::string(err_.text()); }

    /// Whether one of them was longer than the limit, so that a part is missing.
    bool truncated() const noexcept { return truncated_; }

    /// False if a process that outlived the command (a grandchild) kept an output open, so that there may have been
    /// more.
    bool output_complete() const noexcept { return complete_; }

    /// Why the library stopped it, if it did, and by which signal at last.
    const stop_cause& stopped_by() const noexcept { return stopped_by_; }

    /// From the spawn to the end of the output.
    std::chrono::nanoseconds duration() const noexcept { return duration_; }

    /// What it wrote to stdout, less one newline at the end, on Windows with its
    /// carriage return. Errors: `command_failed` if it is not `ok()`, with the
    /// status and the first line of stderr.
    COHORT_COLD std::string text() const {
        if (!ok()) throw command_failed(title_, status_, failure());
        std::string_view all = out();
        if (all.ends_with(sys::line_end)) all.remove_suffix(sys::line_end.size());
        else if (!all.empty() && all.back() == '\n') all.remove_suffix(1);
        return std::string(all);
    }

    /// What a message says of it: `git rev-parse exited with 128 after 12 ms: fatal: not a repository`.
    COHORT_COLD std::string failure() const {
        std::string message = detail::joined(title_, " ", status_.to_string());
        if (stopped_by_) message += detail::joined(", stopped by ", stopped_by_.to_string());
        const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration_).count();
        message += detail::joined(" after ", detail::decimal(milliseconds), " ms");
        std::string_view line = err();
        while (!line.empty() && (line.front() == '\n' || line.front() == '\r')) line.remove_prefix(1);
        line = line.substr(0, line.find_first_of("\r\n"));
        if (!line.empty()) {
            message += ": ";
            message += line;
        }
        return message;
    }

private:
    friend class detail::capture;

    std::string title_;
    exit_status status_;
    detail::capture_buffer out_;
    detail::capture_buffer err_;
    stop_cause stopped_by_;
    std::chrono::nanoseconds duration_{0};
    bool truncated_ = false;
    bool complete_ = true;
};

}  // namespace cohort
