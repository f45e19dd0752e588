// spawn_error: why a program was not started.
#pragma once

#include "../async/error.hpp"
#include "../sys/platform.hpp"
#include "../sys/spawn.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace cohort {

/// The steps of a spawn, in their order.
using sys::spawn_step;

/// Thrown by `command::spawn` and all that is built on it. `what()` reads `spawn "gti": No such file or directory`;
/// where not the exec failed it names the step: `spawn "make" (chdir "/gone"): No such file or directory`. Nothing of
/// the child is left.
class spawn_error : public error {
public:
    COHORT_COLD spawn_error(int code, std::string_view program, spawn_step step, std::string_view detail = {})
        : error(code, "spawn", program), step_(step), text_("spawn \"") {
        text_ += program;
        text_ += '"';
        if (!detail.empty()) {
            text_ += " (";
            text_ += detail;
            text_ += ')';
        }
        text_ += ": ";
        text_ += this->code().message();
    }

    const char* what() const noexcept override { return text_.c_str(); }

    /// What failed; `prepare` for what failed before there was a child.
    spawn_step step() const noexcept { return step_; }

private:
    spawn_step step_;
    std::string text_;
};

}  // namespace cohort
