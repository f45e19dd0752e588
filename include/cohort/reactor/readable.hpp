// readable(registration), writable(registration): waiting for readiness alone.
#pragma once

#include "../async/error.hpp"
#include "io_operation.hpp"
#include "loop.hpp"
#include "registration.hpp"
#include "request.hpp"

namespace cohort {

/// The awaitable of `readable` and `writable`.
template <direction Way>
class readiness_operation : public io_operation<readiness_operation<Way>, loop, readiness_request<Way>> {
    using base = io_operation<readiness_operation<Way>, loop, readiness_request<Way>>;

public:
    explicit readiness_operation(registration<loop>& on) noexcept
        : base(Way == direction::read ? "readable" : "writable", on) {}

    void await_resume() {
        this->throw_if_cancelled();
        if (!this->result) [[unlikely]]
            throw error(this->result.error(), this->name());
    }
};

/// Completes when a read from the descriptor would not wait: there is something to read, the end of the stream or an
/// error. Transfers nothing. For calls that the library does not wrap. Errors: ECANCELED where the descriptor was
/// closed meanwhile. Source: poll(2).
[[nodiscard("co_await it")]] inline readiness_operation<direction::read> readable(registration<loop>& on) noexcept {
    return readiness_operation<direction::read>(on);
}

/// Completes when a write to the descriptor would not wait, or would fail. Not on Windows, which does not tell: using
/// it there does not compile.
template <direction Way = direction::write>
[[nodiscard("co_await it")]] inline readiness_operation<Way> writable(registration<loop>& on) noexcept {
    return readiness_operation<Way>(on);
}

}  // namespace cohort
