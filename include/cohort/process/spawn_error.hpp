// spawn_error: why a program was not started.
#pragma once

#include "../async/detail/text.hpp"
#include "../async/error.hpp"
#include "../sys/platform.hpp"
#include "../sys/spawn.hpp"

#include <string>
#include <string_view>
#include <system_error>

namespace cohort {

/// The steps of a spawn, in their order.
using sys::spawn_step;

/// Thrown by `command::spawn` and all that is built on it. `what()` reads `spawn "gti": No such file or directory`;
/// where not the exec failed it names the step: `spawn "make" (chdir "/gone"): No such file or directory`. Nothing of
/// the child is left.
class spawn_error : public error {
public:
    COHORT_COLD spawn_error(int code, std::string_view program, spawn_step step, std::string_view detail = {})
        : error(detail::code_from(code), "spawn", program,
                detail.empty() ? std::string() : detail::joined(" (", detail, ")"), {}),
          step_(step) {}

    /// What failed; `prepare` for what failed before there was a child.
    spawn_step step() const noexcept { return step_; }

private:
    spawn_step step_;
};

}  // namespace cohort
