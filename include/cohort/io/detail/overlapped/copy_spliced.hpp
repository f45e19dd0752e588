// Windows has no call that moves bytes from one pipe to another.
#pragma once

#include "../../../async/task.hpp"
#include "../../../sys/platform.hpp"
#include "../../stream.hpp"

#include <cstdint>

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort::detail {

/// False: the bytes go through a buffer.
template <class = void>
task<bool> copy_spliced(stream&, stream&, std::uint64_t&) {
    co_return false;
}

}  // namespace cohort::detail

COHORT_COROUTINE_WARNINGS_POP
