// resolve(host, service): names to addresses.
#pragma once

#include "../async/detail/text.hpp"
#include "../async/error.hpp"
#include "../async/task.hpp"
#include "../reactor/blocking.hpp"
#include "../sys/platform.hpp"
#include "../sys/resolve.hpp"
#include "address.hpp"

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

COHORT_COROUTINE_WARNINGS_PUSH

namespace cohort {

namespace detail {

/// What the resolver gave, made in a thread of the pool.
template <class Lazy>
class resolved {
public:
    resolved(const std::string& host, const std::string& service) {
        code_ = sys::resolve(host.empty() ? nullptr : host.c_str(), service.c_str(), addresses_);
    }
    std::error_code code() const noexcept { return code_; }
    std::vector<address>& addresses() noexcept { return addresses_; }

private:
    std::vector<address> addresses_;
    std::error_code code_;
};

/// Owns its names, since a cancelled call goes on without its caller. A template, as `resolve` is, so that the
/// operation over it is compiled only for who resolves names.
template <class Lazy>
class resolve_call {
public:
    resolve_call(std::string host, std::string service) : host_(std::move(host)), service_(std::move(service)) {}
    resolved<Lazy> operator()() { return resolved<Lazy>(host_, service_); }

private:
    std::string host_;
    std::string service_;
};

}  // namespace detail

/// Completes with the addresses of `host` for stream sockets, at least one, in the order in which to try them.
/// `service` is a port number or a name of services(5); an empty host is this machine. The resolver blocks, so it runs
/// in a thread of the pool. Errors: `sys::resolve_category()`, such as "Name or service not known"; EINVAL for a name
/// with a zero byte. Cancellation: the
/// look-up goes on unheeded. Source: getaddrinfo(3).
template <class Lazy = void>
task<std::vector<address>> resolve(std::string host, std::string service) {
    // The resolver would look up what stands before a zero byte.
    if (host.find('\0') != host.npos || service.find('\0') != service.npos)
        throw error(EINVAL, "resolve", detail::joined(host.c_str(), ":", service.c_str()));
    detail::resolved<Lazy> found = co_await blocking(detail::resolve_call<Lazy>(host, service));
    if (found.code()) throw error(found.code(), "resolve", host.empty() ? service : host);
    co_return std::move(found.addresses());
}

/// The same with a port number.
template <class Lazy = void>
task<std::vector<address>> resolve(std::string host, std::uint16_t port) {
    return resolve<Lazy>(std::move(host), std::string(detail::decimal(port)));
}

}  // namespace cohort

COHORT_COROUTINE_WARNINGS_POP
