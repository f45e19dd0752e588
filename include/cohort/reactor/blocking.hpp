// blocking(function): runs a function that blocks in a thread of the pool.
#pragma once

#include "../async/operation.hpp"
#include "../async/result.hpp"
#include "blocking_pool.hpp"
#include "loop.hpp"

#include <optional>
#include <type_traits>
#include <utility>

namespace cohort {

/// The awaitable of `blocking`.
template <class F>
class blocking_operation : public operation<blocking_operation<F>> {
public:
    using value_type = std::invoke_result_t<F&>;

    explicit blocking_operation(F function)
        : operation<blocking_operation>("blocking"), function_(std::move(function)) {}
    blocking_operation(blocking_operation&& other)
        : operation<blocking_operation>(other), function_(std::move(other.function_)) {}

    value_type await_resume() {
        this->throw_if_cancelled();
        return std::move(*outcome_).value();
    }

private:
    friend operation<blocking_operation>;

    class job final : public detail::blocking_job {
    public:
        job(blocking_operation& waiting, loop& home)
            : function_(std::move(waiting.function_)), waiting_(&waiting), loop_(&home) {}

        void run() override {
            if (!this->awaited()) return;
            waiting_->outcome_ = std::move(outcome_);
            waiting_->complete();
        }

    private:
        void call() noexcept override { outcome_ = result<value_type>::of(function_); }
        void deliver() noexcept override { loop_->post_call(this); }

        F function_;
        std::optional<result<value_type>> outcome_;
        blocking_operation* waiting_;
        loop* loop_;
    };

    bool try_start() {
        job_ = new job(*this, loop::of(this->exec()));
        try {
            detail::blocking_pool::submit(*job_);
        } catch (...) {
            delete job_;
            throw;
        }
        return false;
    }

    bool withdraw() noexcept {
        detail::blocking_pool::abandon(*job_);
        return true;
    }

    F function_;
    std::optional<result<value_type>> outcome_;
    job* job_ = nullptr;
};

/// Completes with what `function()` returns or throws; it is called in another thread, one of a few that the process
/// has for that. For calls that only wait, such as getaddrinfo(3): computing belongs elsewhere, as four such calls fill
/// the pool. Any number may be under way; they begin in order. Costs one allocation. Cancellation: a call that has
/// begun goes on and its result is dropped, so the function has to own all it uses; a call that has not begun is not
/// made. Errors: EAGAIN where no thread can be started.
template <class F>
[[nodiscard("co_await it")]] blocking_operation<std::decay_t<F>> blocking(F&& function) {
    return blocking_operation<std::decay_t<F>>(std::forward<F>(function));
}

}  // namespace cohort
