// How to listen.
#pragma once

namespace cohort {

/// How to listen. A fluent value.
class listen_options {
public:
    listen_options() noexcept {}

    /// How many connections may wait to be accepted; the system has a limit of its own (net.core.somaxconn).
    listen_options& backlog(int connections) noexcept {
        backlog_ = connections;
        return *this;
    }
    int backlog() const noexcept { return backlog_; }

    /// Lets several listeners of one user share a port; the kernel spreads connections over them (SO_REUSEPORT).
    listen_options& reuse_port(bool on) noexcept {
        reuse_port_ = on;
        return *this;
    }
    bool reuse_port() const noexcept { return reuse_port_; }

    /// An IPv6 listener takes IPv4 connections too unless this is on (IPV6_V6ONLY; off here, whatever the system's
    /// default).
    listen_options& v6_only(bool on) noexcept {
        v6_only_ = on;
        return *this;
    }
    bool v6_only() const noexcept { return v6_only_; }

private:
    int backlog_ = 4096;
    bool reuse_port_ = false;
    bool v6_only_ = false;
};

}  // namespace cohort
