// Error numbers as error codes.
//
// An error number is an errno. A system that has codes of its own (Windows) marks those with a bit that neither uses:
// they are of the system's category, with the system's text. What is an errno there is of a category of its own, equal
// to the generic one, but with a text for every number: that C library knows only the oldest.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace cohort::detail {

/// Set in a number that is a code of the system and no errno.
inline constexpr int own_code_mark = 0x20000000;

/// Whether an errno is a code of the system. The C library of Windows, which translates, is known by its two numbers
/// for one thing.
inline constexpr bool errno_is_the_systems = EWOULDBLOCK == EAGAIN;

/// A template, so that only the system that has it compiles it.
template <class = void>
class errno_category_type final : public std::error_category {
public:
    const char* name() const noexcept override { return "errno"; }
    std::error_condition default_error_condition(int number) const noexcept override {
        return std::error_condition(number, std::generic_category());
    }
    std::string message(int number) const override {
        switch (number) {
        case EADDRINUSE: return "Address already in use";
        case EADDRNOTAVAIL: return "Address not available";
        case EAFNOSUPPORT: return "Address family not supported";
        case EALREADY: return "Already under way";
        case ECANCELED: return "Operation canceled";
        case ECONNABORTED: return "Connection aborted";
        case ECONNREFUSED: return "Connection refused";
        case ECONNRESET: return "Connection reset by peer";
        case EDESTADDRREQ: return "Destination address required";
        case EHOSTUNREACH: return "Host unreachable";
        case EINPROGRESS: return "In progress";
        case EISCONN: return "Already connected";
        case EMSGSIZE: return "Message too long";
        case ENETUNREACH: return "Network unreachable";
        case ENOBUFS: return "No buffer space available";
        case ENOTCONN: return "Not connected";
        case ENOTSOCK: return "Not a socket";
        case ENOTSUP: return "Not supported";
        case EPROTO: return "Protocol error";
        case ETIMEDOUT: return "Timed out";
        case EWOULDBLOCK: return "Resource temporarily unavailable";
        default: break;
        }
        if (number == EOPNOTSUPP) return "Operation not supported";  // elsewhere the number of ENOTSUP
        return std::generic_category().message(number);
    }
};

/// The category of what is an errno where the system has codes of its own.
template <class = void>
[[gnu::cold, gnu::noinline]] inline const std::error_category& errno_category() noexcept {
    static const errno_category_type<> category;
    return category;
}

[[gnu::always_inline]] inline std::error_code code_from(int number) noexcept {
    if constexpr (errno_is_the_systems) {
        return std::error_code(number, std::system_category());
    } else {
        if (number & own_code_mark) return std::error_code(number & ~own_code_mark, std::system_category());
        return std::error_code(number, errno_category<>());
    }
}

}  // namespace cohort::detail
