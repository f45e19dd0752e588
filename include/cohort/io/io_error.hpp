// Failures of byte streams that are not the system's.
#pragma once

#include "../sys/platform.hpp"

#include <string>
#include <system_error>
#include <type_traits>

namespace cohort {

/// What the algorithms over byte streams fail with.
enum class io_errc {
    unexpected_end = 1,  ///< the stream ended where more had to come
    limit_exceeded,      ///< a line or record is longer than its limit
};

namespace detail {
class io_category_type final : public std::error_category {
public:
    const char* name() const noexcept override { return "cohort.io"; }
    COHORT_COLD std::string message(int code) const override {
        switch (static_cast<io_errc>(code)) {
        case io_errc::unexpected_end: return "unexpected end of stream";
        case io_errc::limit_exceeded: return "longer than the limit";
        }
        return "unknown error";
    }
};
}  // namespace detail

/// The category of `io_errc`.
inline const std::error_category& io_category() noexcept {
    static const detail::io_category_type category;
    return category;
}

inline std::error_code make_error_code(io_errc code) noexcept {
    return std::error_code(static_cast<int>(code), io_category());
}

}  // namespace cohort

template <>
struct std::is_error_code_enum<cohort::io_errc> : std::true_type {};
