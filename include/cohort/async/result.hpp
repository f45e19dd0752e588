// result<T>: a value or what was thrown instead of it.
#pragma once

#include "detail/maybe.hpp"
#include "error.hpp"

#include <exception>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace cohort {

/// The outcome of an awaitable: its value, or the exception it ended with. `T` may be void or a reference.
template <class T = void>
class [[nodiscard]] result {
public:
    using value_type = T;

    /// A failed result; `thrown` must not be null.
    [[gnu::always_inline]] explicit result(std::exception_ptr thrown) noexcept : thrown_(std::move(thrown)) {}

    /// The outcome of calling `make`: what it returns or throws.
    template <class F>
    static result of(F&& make) {
        result outcome;
        try {
            outcome.value_.fill(make);
        } catch (...) {
            outcome.thrown_ = std::current_exception();
        }
        return outcome;
    }

    /// Whether there is a value.
    explicit operator bool() const noexcept { return value_.has(); }

    /// The value; there must be one.
    std::add_lvalue_reference_t<T> operator*() & noexcept { return value_.get(); }
    std::add_lvalue_reference_t<const T> operator*() const& noexcept { return value_.get(); }
    std::add_rvalue_reference_t<T> operator*() && noexcept {
        return static_cast<std::add_rvalue_reference_t<T>>(**this);
    }

    std::remove_reference_t<T>* operator->() noexcept
        requires(!std::is_void_v<T>)
    {
        return &value_.get();
    }
    const std::remove_reference_t<T>* operator->() const noexcept
        requires(!std::is_void_v<T>)
    {
        return &value_.get();
    }

    /// The value, or throws what the awaitable threw.
    std::add_lvalue_reference_t<T> value() & {
        check();
        return value_.get();
    }
    std::add_lvalue_reference_t<const T> value() const& {
        check();
        return value_.get();
    }
    std::add_rvalue_reference_t<T> value() && {
        check();
        return static_cast<std::add_rvalue_reference_t<T>>(**this);
    }

    /// The exception, null if there is a value.
    [[gnu::always_inline]] const std::exception_ptr& error() const noexcept { return thrown_; }

    /// Whether it ended by cancellation.
    bool cancelled() const noexcept { return thrown_ && detail::is_cancellation(thrown_); }

    /// The error code if it ended by a `std::system_error` (as every failure of this library is), else an empty one;
    /// `std::errc::operation_canceled` for a cancellation.
    std::error_code code() const noexcept { return thrown_ ? detail::code_of(thrown_) : std::error_code(); }

    /// What the exception says; empty if there is a value.
    std::string message() const { return thrown_ ? detail::message_of(thrown_) : std::string(); }

private:
    [[gnu::always_inline]] result() noexcept {}

    void check() const {
        if (thrown_) std::rethrow_exception(thrown_);
    }

    detail::maybe<T> value_;
    std::exception_ptr thrown_;
};

}  // namespace cohort
