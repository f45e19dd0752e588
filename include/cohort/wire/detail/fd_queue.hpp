// Descriptors in the order in which they travel, as one array, so that the kernel can be given a part of it.
#pragma once

#include "../../async/detail/list.hpp"
#include "../../io/handle.hpp"
#include "../../sys/io.hpp"
#include "../../sys/platform.hpp"
#include "handle_table.hpp"

#include <cstddef>

namespace cohort::detail {

/// Owns what is in it.
class fd_queue {
public:
    fd_queue() noexcept {}
    fd_queue(const fd_queue&) = delete;
    fd_queue& operator=(const fd_queue&) = delete;
    [[gnu::always_inline]] ~fd_queue() { close_all(); }

    [[gnu::always_inline]] std::size_t size() const noexcept { return fds_.size() - head_; }
    bool empty() const noexcept { return size() == 0; }
    [[gnu::always_inline]] const int* front() const noexcept { return fds_.data() + head_; }

    /// Makes room for `n` more; after it `push` does not throw.
    COHORT_COLD void reserve(std::size_t n) {
        if (head_ == fds_.size()) {
            fds_.clear();
            head_ = 0;
        } else if (head_ >= 256 && head_ * 2 >= fds_.size()) {
            fds_.drop_front(head_);
            head_ = 0;
        }
        if (fds_.capacity() < fds_.size() + n) fds_.reserve((fds_.size() + n) * 2);
    }

    /// There must be room.
    [[gnu::always_inline]] void push(int fd) noexcept { fds_.put_back(fd); }

    /// Adds the descriptors of `entries`: taken out of their objects, or duplicated. 0, or the error of dup(2), and
    /// nothing has been added. There must be room.
    COHORT_COLD int add(const handle_table::entry* entries, std::size_t count, bool take) noexcept {
        for (std::size_t i = 0; i < count; ++i) {
            if (take) {
                push(entries[i].take());
            } else if (const auto copy = sys::dup(entries[i].fd())) {
                push(*copy);
            } else {
                drop_back(i);
                return copy.error();
            }
        }
        return 0;
    }

    handle pop() noexcept { return handle(fds_[head_++]); }

    COHORT_COLD void drop(std::size_t n) noexcept {
        while (n-- > 0) pop();
    }

    /// Closes those that were pushed last.
    void drop_back(std::size_t n) noexcept {
        for (; n > 0; --n) {
            handle last(fds_.back());
            fds_.pop_back();
        }
    }

    [[gnu::always_inline]] void close_all() noexcept { drop(size()); }

private:
    list<int> fds_;
    std::size_t head_ = 0;
};

}  // namespace cohort::detail
