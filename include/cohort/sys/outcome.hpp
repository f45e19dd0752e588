/// @file
/// What a system call gave: a value or an error number.
#pragma once

#include "platform.hpp"

#include <cerrno>
#include <cstddef>

namespace cohort::sys {

/// An error number on its way into an `outcome` of any type; made by `failure`.
class failed {
public:
    COHORT_ALWAYS_INLINE constexpr explicit failed(int error) noexcept : error_(error) {}
    /// The error number, as in `errno`; positive.
    COHORT_ALWAYS_INLINE constexpr int error() const noexcept { return error_; }

private:
    int error_;
};

/// `return failure(EINVAL);` from a function that returns any `outcome`.
COHORT_ALWAYS_INLINE constexpr failed failure(int error) noexcept { return failed(error); }

/// The result of a system call: a value or a positive error number. Trivially copyable; with a scalar value it travels
/// in two registers. Nothing here throws or allocates: the floors above turn an error into an exception where one is
/// due.
template <class T = void> class [[nodiscard]] outcome {
    static_assert(__is_trivially_copyable(T), "an outcome carries numbers, descriptors and plain records");

public:
    using value_type = T;

    COHORT_ALWAYS_INLINE constexpr outcome(T value) noexcept : value_(value), error_(0) {}
    COHORT_ALWAYS_INLINE constexpr outcome(failed why) noexcept : value_(), error_(why.error()) {}

    /// An outcome that carries the error number `error`.
    COHORT_ALWAYS_INLINE static constexpr outcome failure(int error) noexcept { return outcome(failed(error)); }

    /// Whether the call succeeded.
    COHORT_ALWAYS_INLINE constexpr explicit operator bool() const noexcept { return error_ == 0; }
    /// The value; a value-initialised T where the call failed.
    COHORT_ALWAYS_INLINE constexpr T value() const noexcept { return value_; }
    COHORT_ALWAYS_INLINE constexpr const T& operator*() const noexcept { return value_; }
    COHORT_ALWAYS_INLINE constexpr const T* operator->() const noexcept { return &value_; }
    /// The value, or `other` where the call failed.
    COHORT_ALWAYS_INLINE constexpr T value_or(T other) const noexcept { return error_ == 0 ? value_ : other; }
    /// The error number as in `errno`; 0 where the call succeeded.
    COHORT_ALWAYS_INLINE constexpr int error() const noexcept { return error_; }
    /// Whether the call would have had to wait (EAGAIN, EWOULDBLOCK).
    COHORT_ALWAYS_INLINE
    constexpr bool would_block() const noexcept { return error_ == EAGAIN || error_ == EWOULDBLOCK; }

private:
    T value_;
    int error_;
};

/// A count of bytes or the like, in one word: such results are kept in every request that waits.
template <> class [[nodiscard]] outcome<std::size_t> {
public:
    using value_type = std::size_t;

    /// At most PTRDIFF_MAX, as all that a system call counts.
    COHORT_ALWAYS_INLINE constexpr outcome(std::size_t value) noexcept : word_(static_cast<std::ptrdiff_t>(value)) {}
    COHORT_ALWAYS_INLINE constexpr outcome(failed why) noexcept : word_(-std::ptrdiff_t{why.error()}) {}

    COHORT_ALWAYS_INLINE static constexpr outcome failure(int error) noexcept { return outcome(failed(error)); }

    COHORT_ALWAYS_INLINE constexpr explicit operator bool() const noexcept { return word_ >= 0; }
    COHORT_ALWAYS_INLINE constexpr std::size_t value() const noexcept { return value_or(0); }
    COHORT_ALWAYS_INLINE constexpr std::size_t operator*() const noexcept { return value_or(0); }
    COHORT_ALWAYS_INLINE constexpr std::size_t value_or(std::size_t other) const noexcept {
        return word_ >= 0 ? static_cast<std::size_t>(word_) : other;
    }
    COHORT_ALWAYS_INLINE constexpr int error() const noexcept { return word_ >= 0 ? 0 : static_cast<int>(-word_); }
    COHORT_ALWAYS_INLINE
    constexpr bool would_block() const noexcept { return word_ == -EAGAIN || word_ == -EWOULDBLOCK; }

private:
    std::ptrdiff_t word_;
};

/// The result of a system call that has no value.
template <> class [[nodiscard]] outcome<void> {
public:
    using value_type = void;

    COHORT_ALWAYS_INLINE constexpr outcome() noexcept : error_(0) {}
    COHORT_ALWAYS_INLINE constexpr outcome(failed why) noexcept : error_(why.error()) {}

    COHORT_ALWAYS_INLINE static constexpr outcome success() noexcept { return outcome(); }
    COHORT_ALWAYS_INLINE static constexpr outcome failure(int error) noexcept { return outcome(failed(error)); }

    COHORT_ALWAYS_INLINE constexpr explicit operator bool() const noexcept { return error_ == 0; }
    COHORT_ALWAYS_INLINE constexpr int error() const noexcept { return error_; }
    COHORT_ALWAYS_INLINE
    constexpr bool would_block() const noexcept { return error_ == EAGAIN || error_ == EWOULDBLOCK; }

private:
    int error_;
};

/// `return success();` from a function that returns `outcome<>`.
COHORT_ALWAYS_INLINE constexpr outcome<> success() noexcept { return outcome<>(); }

}  // namespace cohort::sys
