// The transport of a channel over `stream` on Windows.
//
// Bytes go straight through the loop's requests. Where handles may go along, or the two ends know each other, they go in
// segments (segment.hpp), and then this transport writes from and reads into buffers of its own.
//
// The requests stand in the channel's heap block, not in a coroutine: a receive or send that is cancelled leaves the
// request where it is, and what it brings is kept by the channel. A write is never taken back, as the kernel may have
// given a part of it to the peer and does not tell; so it is written from a copy, and its sender may go.
#pragma once

#include "../../../async/error.hpp"
#include "../../../async/executor.hpp"
#include "../../../io/stream.hpp"
#include "../../../reactor/loop.hpp"
#include "../../../sys/credentials.hpp"
#include "../../../sys/process.hpp"
#include "../../../sys/socket.hpp"
#include "../transport_user.hpp"
#include "frame_request.hpp"
#include "segmented_link.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace cohort::detail {

template <>
class channel_transport<stream> {
public:
    static constexpr bool can_carry_handles = true;

    channel_transport(stream s, transport_user& user, int* fds, int peer)
        : stream_(std::move(s)), user_(user), fds_(fds), read_(&channel_transport::read_done),
          write_(&channel_transport::write_done) {
        read_.owner = write_.owner = this;
        read_.mode = write_.mode = stream_.mode();
        if (fds || peer != 0) link_ = new segmented_link(stream_, user, fds, peer);
    }
    channel_transport(const channel_transport&) = delete;
    channel_transport& operator=(const channel_transport&) = delete;
    ~channel_transport() {
        close();
        delete link_;
    }

    [[gnu::always_inline]] int descriptor() const noexcept { return stream_.native(); }
    static executor* current_executor() noexcept { return loop::current(); }

    /// Reads into `size` bytes. True: completed at once.
    bool read(executor& exec, char* data, std::size_t size) {
        if (closed_) return failed(read_);
        if (link_) return link_->read(loop::of(exec), data, size);
        read_.data = data;
        read_.size = size;
        return !stream_.registered().submit(loop::of(exec), read_);
    }

    /// Writes from one or two pieces, the descriptors with the first byte. True: completed at once.
    bool write(executor& exec, const sys::io_slice* slices, std::size_t count, const int* fds, std::size_t fd_count) {
        if (closed_) return failed(write_);
        if (link_) return link_->write(loop::of(exec), slices, count, fds, fd_count);
        out_.clear();
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t room = most_at_once - out_.size();
            out_.append(static_cast<const char*>(slices[i].iov_base), slices[i].iov_len < room ? slices[i].iov_len : room);
        }
        write_.data = out_.data();
        write_.size = out_.size();
        return !stream_.registered().submit(loop::of(exec), write_);
    }

    /// A write that is under way no longer needs the bytes that it was given.
    static constexpr bool writes_copies = true;
    /// Whether a write that waits can be taken back.
    static constexpr bool takes_writes_back = false;
    static bool withdraw_write(executor&) noexcept { return false; }

    bool read_failed() const noexcept { return !read_result(); }
    std::size_t bytes_read() const noexcept { return *read_result(); }
    /// The descriptors that came with the read, and how many.
    const int* fds_read() const noexcept { return fds_; }
    std::size_t fd_count() const noexcept { return link_ ? link_->fd_count() : 0; }
    bool fds_lost() const noexcept { return link_ && link_->fds_lost(); }
    std::exception_ptr read_error(std::string_view subject) const {
        return failure_of(read_result().error(), "receive", subject);
    }

    bool write_failed() const noexcept { return !write_result(); }
    /// No limit of the system's is met there.
    static bool too_many_handles_under_way() noexcept { return false; }
    std::size_t bytes_written() const noexcept { return *write_result(); }
    std::exception_ptr write_error(std::string_view subject) const {
        return failure_of(write_result().error(), "send", subject);
    }

    std::uint64_t read_calls() const noexcept { return read_.calls + (link_ ? link_->read_calls() : 0); }
    std::uint64_t write_calls() const noexcept { return write_.calls + (link_ ? link_->write_calls() : 0); }

    /// Tells the other side that no more comes. True: what is no socket was closed for it, and no read completes.
    bool shutdown_write(std::string_view subject) {
        if (link_) {
            link_->end();
            return false;
        }
        if (!sys::is_socket(stream_.native())) {
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
        if (link_) link_->close();
        stream_.close();
    }

    /// The peer's process, where it or the system tells it.
    sys::outcome<sys::peer_identity> peer() const noexcept {
        // The system knows who opened the other end, which may have been given to another process since.
        if (link_ && link_->peer() != 0) {
            sys::peer_identity who;
            who.pid = static_cast<sys::process_id>(link_->peer());
            return who;
        }
        return sys::peer_credentials(stream_.native());
    }

private:
    template <class Request>
    struct owned : Request {
        using Request::Request;
        channel_transport* owner = nullptr;
    };

    sys::outcome<std::size_t> read_result() const noexcept {
        return link_ && !closed_ ? link_->read_result() : read_.result;
    }
    sys::outcome<std::size_t> write_result() const noexcept {
        return link_ && !closed_ ? link_->write_result() : write_.result;
    }

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

    static constexpr std::size_t most_at_once = 65536;

    stream stream_;
    transport_user& user_;
    int* fds_;
    std::string out_;
    segmented_link* link_ = nullptr;
    owned<frame_read_request> read_;
    owned<frame_write_request> write_;
    bool closed_ = false;
};

}  // namespace cohort::detail
