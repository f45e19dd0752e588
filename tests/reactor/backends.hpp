#pragma once
// Descriptors and operations for a loop over any backend.
#include "support/drive.hpp"
#include "support/loop_driver.hpp"
#include "support/raw_io.hpp"
#include "support/test.hpp"

#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/async/yield.hpp>
#include <cohort/reactor/basic_loop.hpp>
#include <cohort/reactor/io_operation.hpp>
#include <cohort/reactor/loop.hpp>
#include <cohort/sys/platform.hpp>

#include <string>
#include <system_error>
#include <utility>

namespace co = cohort;

// Beside poll that of this build, where it is another. Windows has one: it cannot poll pipes.
#if COHORT_BACKEND_IOCP
#define BACKENDS co::loop
#else
#include <cohort/reactor/poll.hpp>
using poll_loop = co::basic_loop<co::poll_backend>;
#if COHORT_BACKEND_POLL
#define BACKENDS poll_loop
#else
#define BACKENDS co::loop, poll_loop
#endif
#endif

/// Whether a descriptor that is opened gets the number of the one that was closed before: POSIX promises that.
inline constexpr bool lowest_number_is_next = COHORT_OS_POSIX;

/// Whether a read that waits takes what comes there and then, before its loop has looked.
inline constexpr bool reads_by_itself = COHORT_BACKEND_IOCP;

template <class Loop>
class read_op : public co::io_operation<read_op<Loop>, Loop, co::read_request> {
    using base = co::io_operation<read_op<Loop>, Loop, co::read_request>;

public:
    read_op(co::registration<Loop>& from, void* bytes, std::size_t count) noexcept : base("read", from, bytes, count) {}
    std::size_t await_resume() {
        this->throw_if_cancelled();
        if (!this->result) throw co::error(this->result.error(), "read");
        return *this->result;
    }
};

template <class Loop>
class write_op : public co::io_operation<write_op<Loop>, Loop, co::write_request> {
    using base = co::io_operation<write_op<Loop>, Loop, co::write_request>;

public:
    write_op(co::registration<Loop>& to, const void* bytes, std::size_t count) noexcept
        : base("write", to, bytes, count, false) {}
    std::size_t await_resume() {
        this->throw_if_cancelled();
        if (!this->result) throw co::error(this->result.error(), "write");
        return *this->result;
    }
};

template <class Loop>
class exit_op : public co::io_operation<exit_op<Loop>, Loop, co::exit_request> {
    using base = co::io_operation<exit_op<Loop>, Loop, co::exit_request>;

public:
    explicit exit_op(co::registration<Loop>& on) noexcept : base("wait", on) {}
    int await_resume() {
        this->throw_if_cancelled();
        if (!this->result) throw co::error(this->result.error(), "wait");
        if (!this->info) throw co::error(this->info.error(), "wait");
        return this->info->value;
    }
};

/// A descriptor in a loop of type `Loop`.
template <class Loop>
class endpoint {
public:
    endpoint() = default;
    explicit endpoint(int fd, co::descriptor_kind kind = co::descriptor_kind::stream) : registration_(fd, kind) {}

    int fd() const { return registration_.native(); }
    void close() { registration_.close(); }
    co::registration<Loop>& registered() { return registration_; }

    read_op<Loop> read(void* bytes, std::size_t count) { return read_op<Loop>(registration_, bytes, count); }
    write_op<Loop> write(const void* bytes, std::size_t count) { return write_op<Loop>(registration_, bytes, count); }

    /// Reads at most `count` bytes.
    co::task<std::string> text(std::size_t count) {
        std::string bytes(count, '\0');
        const std::size_t got = co_await read(bytes.data(), count);
        bytes.resize(got);
        co_return bytes;
    }

    /// Writes at once, past the loop.
    void put(const std::string& bytes) { REQUIRE(support::raw_write(fd(), bytes) == long(bytes.size())); }

    /// Writes until there is no more room; returns how much.
    std::size_t stuff() {
        const std::string block(4096, 'x');
        std::size_t sum = 0;
        for (;;) {
            const long n = support::raw_write(fd(), block);
            if (n < 0) {
                REQUIRE(n == -1);
                return sum;
            }
            sum += std::size_t(n);
        }
    }

private:
    co::registration<Loop> registration_;
};

/// Two connected ends: of a pipe (`second` is the writing one) or of a socket pair.
template <class Loop>
struct connected {
    endpoint<Loop> first;
    endpoint<Loop> second;
};

template <class Loop>
connected<Loop> connected_by(support::raw_ends ends) {
    return {endpoint<Loop>(ends.first), endpoint<Loop>(ends.second)};
}

template <class Loop>
connected<Loop> pipe_ends() { return connected_by<Loop>(support::raw_pipe()); }

template <class Loop>
connected<Loop> socket_ends() { return connected_by<Loop>(support::raw_pair()); }
