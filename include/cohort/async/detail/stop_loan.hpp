// Has the awaited operation run under another stop source than the awaiting coroutine's own.
//
// While a coroutine waits, nobody but what it waits for reads its stop source, and that only as it begins. So an
// awaiter may lend the coroutine another one for the time of the await. Loans nest: each is given back after the inner
// awaiter has finished.
#pragma once

#include "../executor.hpp"

namespace cohort::detail {

class stop_loan {
public:
    [[gnu::always_inline]] stop_loan() noexcept {}
    stop_loan(const stop_loan&) = delete;
    stop_loan& operator=(const stop_loan&) = delete;

    /// Begins `inner` on behalf of the coroutine, under `lent`. Returns whether the coroutine has to suspend.
    template <class Inner, class Handle>
    bool begin(Inner& inner, Handle handle, stop_source* lent) {
        waiter_ = &handle.promise();
        own_ = waiter_->stop;
        waiter_->stop = lent;
        try {
            return inner.begin(handle);
        } catch (...) {
            waiter_->stop = own_;
            throw;
        }
    }

    /// The value of `inner`; the coroutine has its own source back, whether this throws or not.
    template <class Inner>
    typename Inner::value_type finish(Inner& inner) {
        struct give_back {
            explicit give_back(stop_loan& l) noexcept : loan(l) {}
            ~give_back() { loan.waiter_->stop = loan.own_; }
            stop_loan& loan;
        };
        give_back at_end(*this);
        return inner.finish();
    }

    [[gnu::always_inline]] executor& exec() const noexcept { return *waiter_->exec; }

private:
    promise_base* waiter_ = nullptr;
    stop_source* own_ = nullptr;
};

}  // namespace cohort::detail
