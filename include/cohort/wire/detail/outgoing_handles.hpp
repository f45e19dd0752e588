// The handles of the frames that a channel has not written yet, and the stream positions at which those frames begin.
//
// The kernel delivers descriptors with the first byte of the sendmsg they came in. A write therefore begins at a frame
// with handles or ends before the next one.
#pragma once

#include "../../async/detail/list.hpp"
#include "../../sys/platform.hpp"
#include "fd_queue.hpp"
#include "handle_table.hpp"

#include <cstddef>
#include <cstdint>

namespace cohort::detail {

/// Owns the descriptors in it.
class outgoing_handles {
public:
    outgoing_handles() noexcept {}
    outgoing_handles(const outgoing_handles&) = delete;
    outgoing_handles& operator=(const outgoing_handles&) = delete;

    [[gnu::always_inline]] std::size_t size() const noexcept { return fds_.size(); }
    /// Of the frame that is written next.
    [[gnu::always_inline]] const int* front() const noexcept { return fds_.front(); }
    [[gnu::always_inline]] void close_all() noexcept { fds_.close_all(); }

    /// Adds those of the frame that begins at `position`: the members of the message, taken out of their objects or
    /// duplicated, and then `more`, which are taken. 0, or the error of dup(2), and nothing has been added.
    COHORT_COLD int add(std::uint64_t position, const list<handle_table::entry>& members, bool take,
                        const handle_table::entry* more, std::size_t more_count) {
        begin(position, members.size() + more_count);
        if (const int code = fds_.add(members.data(), members.size(), take)) {
            marks_.pop_back();
            return code;
        }
        static_cast<void>(fds_.add(more, more_count, true));
        return 0;
    }

    /// Adds and takes those of a frame that has no others. False: one of them is none, and nothing has been added.
    bool add_taken(std::uint64_t position, const handle_table::entry* handles, std::size_t count) {
        if (count == 0) return true;
        for (std::size_t i = 0; i < count; ++i)
            if (handles[i].fd() < 0) return false;
        begin(position, count);
        for (std::size_t i = 0; i < count; ++i) fds_.push(handles[i].take());
        return true;
    }

    /// Whether a frame with handles waits.
    [[gnu::always_inline]] bool any() const noexcept { return next_ < marks_.size(); }

    /// How many go with a write from `position`, whose `size` is cut where the next frame with handles begins.
    COHORT_COLD std::size_t share_of_write(std::uint64_t position, std::size_t& size) const noexcept {
        std::size_t count = 0;
        std::size_t ending = next_;
        if (marks_[next_].position == position) count = marks_[ending++].count;
        if (ending < marks_.size() && marks_[ending].position - position < size)
            size = static_cast<std::size_t>(marks_[ending].position - position);
        return count;
    }

    /// The `count` of the first frame have gone.
    COHORT_COLD void went(std::size_t count) noexcept {
        fds_.drop(count);
        ++next_;
    }

private:
    struct mark {
        std::uint64_t position;  // of the frame's first byte
        std::size_t count;
    };

    static constexpr std::size_t forgotten_at_once = 256;

    /// Makes room for a frame of `count` handles.
    void begin(std::uint64_t position, std::size_t count) {
        fds_.reserve(count);
        // There may always be one that waits.
        if (!any() || (next_ >= forgotten_at_once && 2 * next_ >= marks_.size())) forget();
        marks_.push_back(mark{position, count});
    }

    /// Those that have gone.
    void forget() noexcept {
        marks_.drop_front(next_);
        next_ = 0;
    }

    fd_queue fds_;
    list<mark> marks_;
    std::size_t next_ = 0;
};

}  // namespace cohort::detail
