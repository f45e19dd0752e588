// What the library throws: one family for failures, one type for cancellation.
#pragma once

#include "../detail/error_number.hpp"
#include "../detail/view.hpp"
#include "detail/list.hpp"

#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace cohort {

/// A failed operation: the system's error code, the operation and what it was done to.
///
/// `what()` reads like `connect "127.0.0.1:80": Connection refused`. Every failure that the library reports by an
/// exception is of this family or of another class derived from `std::system_error`.
class error : public std::system_error {
public:
    /// `code` is an error number: an `errno`, or what an outcome of the sys floor carries.
    error(int code, std::string_view operation, std::string_view subject = {})
        : error(detail::code_from(code), operation, subject) {}

    error(std::error_code code, std::string_view operation, std::string_view subject = {})
        : error(code, operation, subject, {}, {}) {}

    /// What was attempted: `spawn`, `connect`, `read`.
    [[gnu::always_inline]] const std::string& operation() const noexcept { return operation_; }

    /// What it was attempted on: a path, an address, a program; may be empty.
    [[gnu::always_inline]] const std::string& subject() const noexcept { return subject_; }

    /// Failures of sibling tasks that came after this one and before the scope was joined.
    /// A template, so that only who asks compiles a span of them.
    template <class Thrown = const std::exception_ptr>
    std::span<Thrown> others() const noexcept {
        return std::span<Thrown>(others_.data(), others_.size());
    }

    /// Attaches failures of siblings; used by the joining side (`scope`, `when_all`).
    [[gnu::cold, gnu::noinline]] void attach(detail::view<const std::exception_ptr> others) {
        for (const std::exception_ptr& one : others) others_.push_back(one);
    }

protected:
    /// `where` is said after the subject, and `why` after what the code means.
    [[gnu::cold, gnu::noinline]] error(std::error_code code, std::string_view operation, std::string_view subject,
                                       std::string_view where, std::string_view why)
        : std::system_error(code), operation_(operation), subject_(subject) {
        std::string text(operation);
        if (!subject.empty()) {
            text += " \"";
            text += subject;
            text += "\"";
        }
        text += where;
        text += ": ";
        text += code.message();
        if (!why.empty()) {
            text += ": ";
            text += why;
        }
        say(text);
    }

    /// Changes what `what()` says: by assignment, because the constructors of `std::system_error` that take a text
    /// are compiled here in all their length, and with a copy that never throws.
    [[gnu::cold, gnu::noinline]] void say(const std::string& text) {
        std::runtime_error::operator=(std::runtime_error(text));
    }

private:
    std::string operation_;
    std::string subject_;
    detail::list<std::exception_ptr> others_;
};

/// Thrown out of an awaitable whose stop token was triggered before it could complete.
///
/// Deliberately no `std::system_error`: code that handles failures must not take a cancellation for one. An operation
/// that throws this had no side effect.
class cancelled : public std::exception {
public:
    const char* what() const noexcept override { return "cancelled"; }
};

namespace detail {

[[gnu::cold, gnu::noinline]] inline bool is_cancellation(const std::exception_ptr& thrown) noexcept {
    try {
        std::rethrow_exception(thrown);
    } catch (const cancelled&) {
        return true;
    } catch (...) {
        return false;
    }
}

/// A failure as one catches it.
[[gnu::cold, gnu::noinline]] inline std::exception_ptr failure_of(int code, std::string_view operation,
                                                                  std::string_view subject) noexcept {
    try {
        throw error(code, operation, subject);
    } catch (...) {
        return std::current_exception();
    }
}

/// The code of a `std::system_error`, `operation_canceled` for a cancellation, an empty one for anything else.
[[gnu::cold, gnu::noinline]] inline std::error_code code_of(const std::exception_ptr& thrown) noexcept {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::system_error& e) {
        return e.code();
    } catch (const cancelled&) {
        return std::make_error_code(std::errc::operation_canceled);
    } catch (...) {
        return std::error_code();
    }
}

[[gnu::cold, gnu::noinline]] inline std::string message_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

}  // namespace detail

}  // namespace cohort
