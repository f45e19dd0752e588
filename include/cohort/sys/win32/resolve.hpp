/// @file
/// Names to addresses.
#pragma once

#include "../socket_address.hpp"
#include "invoke.hpp"
#include "text.hpp"

#include <string>
#include <system_error>

namespace cohort::sys {

namespace detail {
class resolve_category_type final : public std::error_category {
public:
    const char* name() const noexcept override { return "resolve"; }
    std::string message(int code) const override { return std::system_category().message(code); }
    std::error_condition default_error_condition(int code) const noexcept override {
        if (code == WSA_NOT_ENOUGH_MEMORY) return std::make_error_condition(std::errc::not_enough_memory);
        if (code == WSATRY_AGAIN) return std::make_error_condition(std::errc::resource_unavailable_try_again);
        if (code == WSAEAFNOSUPPORT) return std::make_error_condition(std::errc::address_family_not_supported);
        return std::error_condition(code, *this);
    }
};
}  // namespace detail

/// The category of the resolver's own errors (EAI_NONAME, EAI_AGAIN, ...), which here are Winsock's.
inline const std::error_category& resolve_category() noexcept {
    static const detail::resolve_category_type category;
    return category;
}

/// Looks up `host` and `service` (names or numbers; a null host is the loopback, or with `passive` every local address)
/// and appends the addresses in the order in which to try them. Blocks on the network for seconds: for a pool thread,
/// never for a loop's. The error is of `resolve_category()`, or of the system. `family`: AF_UNSPEC, AF_INET, AF_INET6;
/// `type`: SOCK_STREAM, SOCK_DGRAM. `addresses`: whatever has a `push_back`, such as a vector. GetAddrInfoW.
template <class Addresses>
std::error_code resolve(const char* host, const char* service, Addresses& addresses, int type = SOCK_STREAM,
                        int family = AF_UNSPEC, bool passive = false) {
    struct list {
        ::ADDRINFOW* first = nullptr;
        ~list() {
            if (first) ::FreeAddrInfoW(first);
        }
    } found;
    detail::start_winsock();
    const std::wstring wide_host = wide(host ? host : "");
    const std::wstring wide_service = wide(service ? service : "");
    ::ADDRINFOW hints{};
    hints.ai_family = family;
    hints.ai_socktype = type;
    hints.ai_flags = passive ? AI_PASSIVE : 0;
    int code = 0;
    const outcome<> asked = detail::once<call::resolve, void>([&] {
        code = ::GetAddrInfoW(host ? wide_host.c_str() : nullptr, service ? wide_service.c_str() : nullptr, &hints,
                              &found.first);
        return success();
    });
    if (!asked) return cohort::detail::code_from(asked.error());
    if (code != 0) return std::error_code(code, resolve_category());
    for (const ::ADDRINFOW* each = found.first; each; each = each->ai_next)
        addresses.push_back(socket_address(each->ai_addr, each->ai_addrlen));
    return std::error_code();
}

}  // namespace cohort::sys
