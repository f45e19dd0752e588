// listen(address) and listener: accepting connections.
#pragma once

#include "../async/error.hpp"
#include "../detail/exchanged.hpp"
#include "../reactor/io_operation.hpp"
#include "../reactor/loop.hpp"
#include "../sys/file.hpp"
#include "../sys/socket.hpp"
#include "../sys/socket_option.hpp"
#include "address.hpp"
#include "describe.hpp"
#include "detail/requests.hpp"
#include "handle.hpp"
#include "listen_options.hpp"
#include "stream.hpp"

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cohort {

/// The awaitable of `listener::accept`.
class accept_operation : public io_operation<accept_operation, loop, accept_request> {
public:
    explicit accept_operation(registration<loop>& on) noexcept : io_operation("accept", on) {}

    // A template, so that only who accepts compiles an optional of a stream.
    template <class Stream = stream>
    std::optional<Stream> await_resume() {
        throw_if_cancelled();
        if (result) [[likely]]
            return std::optional<Stream>(Stream(std::move(accepted), Stream::type::socket));
        // Closed while it waited, or before.
        if (result.error() == ECANCELED || result.error() == EBADF) return std::nullopt;
        detail::throw_io_error(result.error(), "accept", fd());
    }
};

/// A socket that accepts connections; made by `listen`. Closes its socket when destroyed, and removes its path if it is
/// a Unix socket that has one and made it.
class listener {
public:
    listener() noexcept {}

    /// Takes over a listening, non-blocking socket: an inherited or a received one.
    explicit listener(handle fd) noexcept : registration_(fd.release(), descriptor_kind::other) {}

    listener(listener&& other) noexcept
        : registration_(std::move(other.registration_)), path_(detail::exchanged(other.path_, std::string())) {}
    listener& operator=(listener&& other) noexcept {
        if (this != &other) {
            close();
            registration_ = std::move(other.registration_);
            path_ = detail::exchanged(other.path_, std::string());
        }
        return *this;
    }
    ~listener() { close(); }

    explicit operator bool() const noexcept { return static_cast<bool>(registration_); }
    int native() const noexcept { return registration_.native(); }

    /// Completes with the next connection; with nothing once the listener was closed: `while (auto c = co_await
    /// l.accept())`. Several may wait; connections go to them in order. Connections that were broken off while they
    /// waited are passed over. Errors: EMFILE, ENFILE, ENOBUFS, ENOMEM; the connection stays in the queue, so close
    /// something and accept again. Cancellation: no connection is taken. Source: accept(2).
    [[nodiscard("co_await it")]] accept_operation accept() noexcept { return accept_operation(registration_); }

    /// Where it listens, with the port that the system chose. Source: getsockname(2).
    address local_address() const {
        address found;
        if (const auto asked = sys::local_address(native(), found); !asked)
            detail::throw_io_error(asked.error(), "local_address", native());
        return found;
    }

    /// Stops listening. An `accept` that waits completes with nothing.
    void close() noexcept {
        registration_.close();
        // There is nobody to tell that the path has gone already.
        if (!path_.empty()) static_cast<void>(sys::unlink(path_.c_str()));
        path_.clear();
    }

    /// Gives the socket up: for passing it on. Its path stays. An `accept` that waits completes with nothing.
    handle release() noexcept {
        path_.clear();
        return handle(registration_.release());
    }

    /// For the library's own operations on the same descriptor.
    registration<loop>& registered() noexcept { return registration_; }

private:
    friend listener listen(const address& where, listen_options options);

    registration<loop> registration_;
    std::string path_;
};

/// Listens at an address. Does not wait. A port of 0 lets the system choose one (`local_address` tells which). A TCP
/// port that was in use by connections of a former listener can be bound again (SO_REUSEADDR). Errors: EADDRINUSE,
/// EACCES, EADDRNOTAVAIL. Source: listen(2), bind(2).
[[nodiscard]] inline listener listen(const address& where, listen_options options = listen_options()) {
    const auto check = [&](int code) {
        if (code != 0) throw error(code, "listen", where.to_string());
    };
    const auto made_socket = sys::socket(where.family(), sys::stream_socket);
    check(made_socket.error());
    listener made{handle(*made_socket)};
    const int fd = made.native();
    const bool ip = !where.is_unix();
    if (ip) check(sys::set_option(fd, sys::socket_option::reuse_address, 1).error());
    if (ip && options.reuse_port()) check(sys::set_option(fd, sys::socket_option::reuse_port, 1).error());
    if (where.is_ipv6()) check(sys::set_option(fd, sys::socket_option::v6_only, options.v6_only() ? 1 : 0).error());
    check(sys::bind(fd, where).error());
    if (!ip && !where.is_abstract()) made.path_ = std::string(where.unix_name());
    check(sys::listen(fd, options.backlog()).error());
    return made;
}

/// The same with the text of an address: `127.0.0.1:0`, `[::]:80`, `/path`, `@name`. Errors also: EINVAL where it is
/// none.
[[nodiscard]] inline listener listen(std::string_view where, listen_options options = listen_options()) {
    const auto parsed = address::parse(where);
    if (!parsed) throw error(EINVAL, "listen", where);
    return listen(*parsed, options);
}

}  // namespace cohort
