// Collects the failures of concurrent children.
#pragma once

#include "../../detail/exchanged.hpp"
#include "../error.hpp"
#include "list.hpp"

#include <exception>

namespace cohort::detail {

/// The first failure is the one that is thrown, the others ride along.
class failures {
public:
    failures() noexcept {}

    bool any() const noexcept { return first_ != nullptr; }

    /// Records what a child threw. Returns true for a failure, false for a cancellation.
    bool add(const std::exception_ptr& thrown) noexcept {
        if (is_cancellation(thrown)) return false;
        if (!first_) first_ = thrown;
        else if (thrown != first_) others_.push_back(thrown);  // attached to itself it would never be freed
        return true;
    }

    /// Throws the first failure with its own type; the others are attached if it is a `cohort::error`.
    [[noreturn]] void rethrow() {
        try {
            std::rethrow_exception(exchanged(first_, nullptr));
        } catch (error& e) {
            e.attach(others_);
            throw;
        }
    }

private:
    std::exception_ptr first_;
    list<std::exception_ptr> others_;
};

}  // namespace cohort::detail
