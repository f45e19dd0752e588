// The awaitable form of an I/O request: an operation that a backend completes.
#pragma once

#include "../async/operation.hpp"
#include "registration.hpp"
#include "request.hpp"

#include <cerrno>

namespace cohort {

/// Base of awaitables that submit a `Request` on a registration. `Derived` supplies `await_resume`, which begins with
/// `throw_if_cancelled()` and then looks at `result`. One such operation per direction of a stream is usual; several
/// queue.
template <class Derived, class Loop, class Request>
class io_operation : public operation<Derived>, protected Request {
protected:
    template <class... Args>
    io_operation(const char* name, registration<Loop>& on, Args... args) noexcept
        : operation<Derived>(name, on.native()), Request(&io_operation::done, args...), registration_(&on) {}
    io_operation(const io_operation& other) noexcept
        : operation<Derived>(other), Request(other), registration_(other.registration_) {}

    [[gnu::always_inline]] int fd() const noexcept { return this->descriptor_; }

private:
    friend operation<Derived>;

    bool try_start() {
        if (this->descriptor_ < 0) {
            this->result = sys::failure(EBADF);
            return true;
        }
        record_ = registration_->submit(Loop::of(this->exec()), static_cast<Request&>(*this));
        return record_ == nullptr;
    }

    bool withdraw() noexcept {
        this->withdrawn_ = true;
        return Loop::of(this->exec()).backend().withdraw(*record_, static_cast<Request&>(*this));
    }

    static void done(io_request& r) noexcept {
        auto& self = static_cast<io_operation&>(static_cast<Request&>(r));
        // A completion backend answers a withdrawal later, with ECANCELED or with the value that won.
        if (self.withdrawn_ && self.result.error() == ECANCELED) self.complete_cancelled();
        else self.complete();
    }

    union {
        registration<Loop>* registration_;    // until it is awaited
        typename Loop::descriptor* record_;   // while it waits: a registration may move meanwhile
    };
};

}  // namespace cohort
