// The transport of a channel over `stream`, straight on the loop's requests.
//
// The requests stand in the channel's heap block, not in a coroutine: a receive or send that is cancelled leaves the
// request where it is, and what it brings is kept by the channel.
#pragma once

#include "../../../async/error.hpp"
#include "../../../async/executor.hpp"
#include "../../../io/stream.hpp"
#include "../../../reactor/loop.hpp"
#include "../../../sys/credentials.hpp"
#include "../../../sys/socket.hpp"
#include "../transport_user.hpp"
#include "frame_request.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>

namespace cohort::detail {

template <>
class channel_transport<stream> {
public:
    static constexpr bool can_carry_handles = true;

    channel_transport(stream s, transport_user& user, int* fds, int)
        : stream_(std::move(s)), user_(user), read_(&channel_transport::read_done),
          write_(&channel_transport::write_done) {
        read_.owner = write_.owner = this;
        read_.fds = fds;
        read_.mode = write_.mode = stream_.mode();
    }
    channel_transport(const channel_transport&) = delete;
    channel_transport& operator=(const channel_transport&) = delete;
    [[gnu::always_inline]] ~channel_transport() { close(); }

    [[gnu::always_inline]] int descriptor() const noexcept { return stream_.native(); }
    static executor* current_executor() noexcept { return loop::current(); }

    /// Reads into `size` bytes. True: completed at once.
    bool read(executor& exec, char* data, std::size_t size) {
        read_.data = data;
        read_.size = size;
        if (closed_) return failed(read_);
        return !stream_.registered().submit(loop::of(exec), read_);
    }

    /// Writes from one or two pieces, the descriptors with the first byte. True: completed at once.
    bool write(executor& exec, const sys::io_slice* slices, std::size_t count, const int* fds, std::size_t fd_count) {
        write_.slices[0] = slices[0];
        if (count > 1) write_.slices[1] = slices[1];
        write_.slice_count = count;
        write_.fds = fds;
        write_.fd_count = fd_count;
        if (closed_) return failed(write_);
        return !stream_.registered().submit(loop::of(exec), write_);
    }

    /// Whether a write that is under way no longer needs the bytes that it was given.
    static constexpr bool writes_copies = false;
    /// Whether a write that waits can be taken back.
    static constexpr bool takes_writes_back = true;

    /// Takes back a write that waits; false if it cannot be taken back.
    bool withdraw_write(executor& exec) {
        loop& l = loop::of(exec);
        return l.backend().withdraw(stream_.registered().attach(l), write_);
    }

    [[gnu::always_inline]] bool read_failed() const noexcept { return !read_.result; }
    [[gnu::always_inline]] std::size_t bytes_read() const noexcept { return *read_.result; }
    /// The descriptors that came with the read, and how many.
    [[gnu::always_inline]] const int* fds_read() const noexcept { return read_.fds; }
    [[gnu::always_inline]] std::size_t fd_count() const noexcept { return read_.fd_count; }
    [[gnu::always_inline]] bool fds_lost() const noexcept { return read_.truncated; }
    std::exception_ptr read_error(std::string_view subject) const {
        return failure_of(read_.result.error(), "receive", subject);
    }

    [[gnu::always_inline]] bool write_failed() const noexcept { return !write_.result; }
    [[gnu::always_inline]]
    bool too_many_handles_under_way() const noexcept { return write_.result.error() == ETOOMANYREFS; }
    [[gnu::always_inline]] std::size_t bytes_written() const noexcept { return *write_.result; }
    std::exception_ptr write_error(std::string_view subject) const {
        return failure_of(write_.result.error(), "send", subject);
    }

    std::uint64_t read_calls() const noexcept { return read_.calls; }
    std::uint64_t write_calls() const noexcept { return write_.calls; }

    /// Tells the other side that no more comes. True: what is no socket was closed for it, and no read completes.
    bool shutdown_write(std::string_view subject) {
        if (stream_.kind() != stream::type::socket) {
            close();
            return true;
        }
        // ENOTCONN: the other side is gone already, and has seen an end.
        if (const auto done = sys::shutdown(stream_.native(), sys::shutdown_write); !done && done.error() != ENOTCONN)
            throw error(done.error(), "shutdown_write", subject);
        return false;
    }

    void close() noexcept {
        closed_ = true;
        stream_.close();
    }

    /// The peer's process, where the system tells it.
    [[gnu::always_inline]]
    sys::outcome<sys::peer_identity> peer() const noexcept { return sys::peer_credentials(stream_.native()); }

private:
    template <class Request>
    struct owned : Request {
        using Request::Request;
        channel_transport* owner = nullptr;
    };

    static bool failed(io_request& r) noexcept {
        r.result = sys::failure(ECANCELED);
        return true;
    }

    static void read_done(io_request& r) noexcept {
        channel_transport& self = *static_cast<owned<frame_read_request>&>(r).owner;
        if (!self.closed_) self.user_.read_completed();
    }
    static void write_done(io_request& r) noexcept {
        channel_transport& self = *static_cast<owned<frame_write_request>&>(r).owner;
        if (!self.closed_) self.user_.write_completed();
    }

    stream stream_;
    transport_user& user_;
    owned<frame_read_request> read_;
    owned<frame_write_request> write_;
    bool closed_ = false;
};

}  // namespace cohort::detail
