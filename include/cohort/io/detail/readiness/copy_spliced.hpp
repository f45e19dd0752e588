// Copying by splice(2), where the system has it.
#pragma once

#include "../../../async/detail/text.hpp"
#include "../../../async/error.hpp"
#include "../../../async/task.hpp"
#include "../../../async/yield.hpp"
#include "../../../reactor/readable.hpp"
#include "../../../sys/platform.hpp"
#include "../../../sys/splice.hpp"
#include "../../describe.hpp"
#include "../../stream.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort::detail {

/// False: the kernel cannot splice between these two, or makes no progress; nothing is under way.
template <class = void>
task<bool> copy_spliced(stream& from, stream& to, std::uint64_t& copied) {
    constexpr std::size_t chunk = 1 << 20;
    constexpr int most_fruitless = 64;
    int fruitless = 0;
    int moved_in_turn = 0;
    while (fruitless < most_fruitless) {
        const auto moved = sys::splice_now(from.native(), to.native(), chunk);
        if (moved) {
            if (*moved == 0) co_return true;
            copied += *moved;
            fruitless = 0;
            // A fast pair must not keep the loop from the others.
            if (++moved_in_turn % 16 == 0) co_await yield();
            continue;
        }
        if (moved.error() == EINVAL || moved.error() == ENOSYS) co_return false;
        if (!moved.would_block()) {
            // Which side failed is not said; most failures are the receiver's.
            const std::string between =
                joined(describe_descriptor(from.native()), " to ", describe_descriptor(to.native()));
            throw error(moved.error(), "copy", between);
        }
        // Either there is nothing to read or no room to write: wait for one, look, and wait for the other.
        ++fruitless;
        if (fruitless % 2 == 1) co_await readable(from.registered());
        else co_await writable(to.registered());
    }
    co_return false;
}

}  // namespace cohort::detail

COHORT_COROUTINE_WARNINGS_POP
