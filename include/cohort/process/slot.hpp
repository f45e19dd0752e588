// slot: where a descriptor of a child leads.
#pragma once

#include "../async/error.hpp"
#include "../detail/atomic.hpp"
#include "../detail/exchanged.hpp"
#include "../io/handle.hpp"
#include "../io/stream.hpp"
#include "../sys/child_link.hpp"
#include "../sys/io.hpp"

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cohort {

namespace detail {

/// An owned descriptor that copies of a command share. Counted across threads, as commands may be copied to other
/// threads.
class shared_descriptor {
public:
    shared_descriptor() noexcept {}
    explicit shared_descriptor(handle fd) : block_(new block(std::move(fd))) {}
    shared_descriptor(const shared_descriptor& other) noexcept : block_(other.block_) {
        if (block_) block_->users.fetch_add(1, memory_order::relaxed);
    }
    shared_descriptor(shared_descriptor&& other) noexcept : block_(exchanged(other.block_, nullptr)) {}
    shared_descriptor& operator=(shared_descriptor other) noexcept {
        other.block_ = exchanged(block_, other.block_);
        return *this;
    }
    ~shared_descriptor() {
        if (block_ && block_->users.fetch_sub(1, memory_order::acq_rel) == 1) delete block_;
    }

    int native() const noexcept { return block_ ? block_->fd.native() : -1; }

private:
    struct block {
        explicit block(handle h) noexcept : fd(std::move(h)) {}
        handle fd;
        atomic<unsigned> users{1};
    };

    block* block_ = nullptr;
};

}  // namespace detail

/// Where a child's descriptor leads. Made by the names below, or from a handle or a stream.
class slot {
public:
    enum class kind : std::uint8_t { inherit, null, pipe, read_file, write_file, append_file, descriptor, to_stdout };

    explicit slot(kind k) noexcept : kind_(k) {}
    slot(kind k, std::string_view path) : kind_(k), path_(path) {}

    /// A copy of the handle. The command and its copies share it; each child gets a copy of its own.
    slot(const handle& h) : kind_(kind::descriptor), shared_(copy_of(h.native())) {}

    /// The handle itself: kept open by the command and its copies.
    slot(handle&& h) : kind_(kind::descriptor), shared_(std::move(h)) {}

    /// A copy of the stream's descriptor. The child shares the description, which stays non-blocking, as this process
    /// goes on using it: hand over an end that this process does not need by `std::move`.
    slot(const stream& s) : kind_(kind::descriptor), shared_(copy_of(s.native())) {}

    /// The stream itself, made blocking, as programs expect. Errors: EPERM for one that came from another process with
    /// a description that is non-blocking, which the other process goes on using; the stream stays the caller's. A copy
    /// of it can be handed over as it is. ENOTSUP on Windows, for a pipe that a loop has waited for: that lasts as long
    /// as the pipe.
    slot(stream&& s) : kind_(kind::descriptor), shared_(blocking(s)) {}

    kind what() const noexcept { return kind_; }
    const std::string& path() const noexcept { return path_; }
    int native() const noexcept { return shared_.native(); }

private:
    static handle copy_of(int fd) {
        const auto copied = sys::dup(fd);
        if (!copied) throw error(copied.error(), "dup");
        return handle(*copied);
    }

    static handle blocking(stream& s) {
        const auto nonblocking = sys::is_nonblocking(s.native());
        if (!nonblocking) throw error(nonblocking.error(), "fcntl");
        if (*nonblocking) {
            if (!s.owns_description())
                throw error(EPERM, "hand over", "a non-blocking stream that another process uses as well");
            if (const auto changed = sys::make_waiting(s.native(), s.registered().attached()); !changed)
                throw error(changed.error(), "hand over", "a stream that a loop has used");
        }
        return s.release();
    }

    kind kind_;
    std::string path_;
    detail::shared_descriptor shared_;
};

namespace detail {

/// A slot's name as a constant: a `slot` holds a string, which no constant initialisation makes everywhere.
class slot_name {
public:
    constexpr explicit slot_name(slot::kind k) noexcept : kind_(k) {}
    operator slot() const noexcept { return slot(kind_); }

private:
    slot::kind kind_;
};

}  // namespace detail

/// A new pipe whose other end the parent gets: `child::in`, `child::out`, `child::err`. For a descriptor beyond 2 it is
/// a socket pair, open both ways: `child::fd`.
inline constexpr detail::slot_name pipe{slot::kind::pipe};

/// /dev/null.
inline constexpr detail::slot_name null{slot::kind::null};

/// The parent's own descriptor of that number; /dev/null where that is closed, lest the child's next file takes its
/// place. A standard descriptor that is close-on-exec counts as closed: something else has taken its number.
inline constexpr detail::slot_name inherit{slot::kind::inherit};

/// For stderr: where stdout leads.
inline constexpr detail::slot_name to_stdout{slot::kind::to_stdout};

/// What `to_file` does with a file that is there.
enum class file_start : std::uint8_t { truncate, append };

/// A file to write to, opened anew by each spawn in this process's directory, made if it is not there. A FIFO has to
/// have a reader by then: ENXIO otherwise.
inline slot to_file(std::string_view path, file_start start = file_start::truncate) {
    return slot(start == file_start::append ? slot::kind::append_file : slot::kind::write_file, path);
}

/// A file to read from, opened anew by each spawn in this process's directory. A FIFO is opened without waiting for a
/// writer; a child that reads before there is one finds the end of its input.
inline slot from_file(std::string_view path) { return slot(slot::kind::read_file, path); }

}  // namespace cohort
