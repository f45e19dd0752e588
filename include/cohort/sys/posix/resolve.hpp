/// @file
/// Names to addresses.
#pragma once

#include "../../detail/error_number.hpp"
#include "../detail/invoke.hpp"
#include "../socket_address.hpp"

#include <string>
#include <system_error>

#include <netdb.h>
#include <sys/socket.h>

namespace cohort::sys {

namespace detail {
class resolve_category_type final : public std::error_category {
public:
    const char* name() const noexcept override { return "resolve"; }
    std::string message(int code) const override { return ::gai_strerror(code); }
    std::error_condition default_error_condition(int code) const noexcept override {
        if (code == EAI_MEMORY) return std::make_error_condition(std::errc::not_enough_memory);
        if (code == EAI_AGAIN) return std::make_error_condition(std::errc::resource_unavailable_try_again);
        if (code == EAI_FAMILY) return std::make_error_condition(std::errc::address_family_not_supported);
        return std::error_condition(code, *this);
    }
};
}  // namespace detail

/// The category of the resolver's own errors (EAI_NONAME, EAI_AGAIN, ...).
inline const std::error_category& resolve_category() noexcept {
    static const detail::resolve_category_type category;
    return category;
}

/// Looks up `host` and `service` (names or numbers; a null host is the loopback, or with `passive` every local address)
/// and appends the addresses in the order in which to try them. Blocks on the network for seconds: for a pool thread,
/// never for a loop's. The error is of `resolve_category()`, or of the system. `family`: AF_UNSPEC, AF_INET, AF_INET6;
/// `type`: SOCK_STREAM, SOCK_DGRAM. `addresses`: whatever has a `push_back`, such as a vector. EINTR: retried.
/// getaddrinfo(3).
template <class Addresses>
std::error_code resolve(const char* host, const char* service, Addresses& addresses, int type = SOCK_STREAM,
                        int family = AF_UNSPEC, bool passive = false) {
    struct list {
        ::addrinfo* first = nullptr;
        ~list() {
            if (first) ::freeaddrinfo(first);
        }
    } found;
    ::addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = type;
    hints.ai_flags = passive ? AI_PASSIVE : 0;
    int code = 0;
    const outcome<> asked = detail::retried<call::resolve, void>([&] {
        code = ::getaddrinfo(host, service, &hints, &found.first);
        return code == EAI_SYSTEM ? -1 : 0;
    });
    if (!asked) return cohort::detail::code_from(asked.error());
    if (code != 0) return std::error_code(code, resolve_category());
    for (const ::addrinfo* each = found.first; each; each = each->ai_next)
        addresses.push_back(socket_address(each->ai_addr, each->ai_addrlen));
    return std::error_code();
}

}  // namespace cohort::sys
