/// @file
/// What a spawn works out beforehand of the descriptors that a child gets: which numbers stay open, and which sources
/// have to move out of the way before the first copy is made.
#pragma once

#include "../platform.hpp"
#include "spawn_plan.hpp"

#include <cerrno>
#include <cstddef>

#include <sys/mman.h>

namespace cohort::sys::detail {

/// Four lists of `count` numbers: in the frame for a usual plan, mapped for a large one.
class spawn_lists {
public:
    static constexpr std::size_t usual = 32;

    explicit spawn_lists(std::size_t count) noexcept : count_(count) {
        if (count <= usual) return;
        void* mapped = ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
        memory_ = mapped == MAP_FAILED ? nullptr : static_cast<int*>(mapped);
    }
    ~spawn_lists() {
        if (memory_ && memory_ != local_) ::munmap(memory_, bytes());
    }
    spawn_lists(const spawn_lists&) = delete;
    spawn_lists& operator=(const spawn_lists&) = delete;

    [[gnu::always_inline]] bool valid() const noexcept { return memory_ != nullptr; }
    [[gnu::always_inline]] std::size_t count() const noexcept { return count_; }
    /// The child's descriptors in ascending order.
    [[gnu::always_inline]] int* kept() noexcept { return memory_; }
    /// The source of each mapping.
    [[gnu::always_inline]] int* sources() noexcept { return memory_ + count_; }
    /// The mappings by their child_fd.
    [[gnu::always_inline]] int* order() noexcept { return memory_ + 2 * count_; }
    /// Whether a copy would overwrite the mapping's source before it is read.
    [[gnu::always_inline]] int* lift() noexcept { return memory_ + 3 * count_; }

private:
    [[gnu::always_inline]] std::size_t bytes() const noexcept { return 4 * count_ * sizeof(int); }

    std::size_t count_;
    int local_[4 * usual];
    int* memory_ = local_;
};

/// Sorts the wanted numbers and finds out which sources a copy would overwrite before they are read. 0, or EBADF for
/// what cannot be a descriptor, EINVAL for a number that is wanted twice.
COHORT_COLD inline int arrange_descriptors(const spawn_plan& plan, spawn_lists& lists) noexcept {
    const std::size_t count = plan.descriptors.size();
    int* order = lists.order();
    for (std::size_t i = 0; i < count; ++i) {
        const fd_mapping& mapping = plan.descriptors[i];
        if (mapping.child_fd < 0 || mapping.source_fd < 0) return EBADF;
        // By insertion: plans come almost sorted.
        std::size_t at = i;
        for (; at > 0 && plan.descriptors[static_cast<std::size_t>(order[at - 1])].child_fd > mapping.child_fd; --at)
            order[at] = order[at - 1];
        order[at] = static_cast<int>(i);
        lists.sources()[i] = mapping.source_fd;
    }
    for (std::size_t k = 0; k < count; ++k) {
        lists.kept()[k] = plan.descriptors[static_cast<std::size_t>(order[k])].child_fd;
        if (k > 0 && lists.kept()[k] == lists.kept()[k - 1]) return EINVAL;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const int source = plan.descriptors[i].source_fd;
        std::size_t low = 0;
        std::size_t high = count;
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            if (lists.kept()[middle] < source)
                low = middle + 1;
            else
                high = middle;
        }
        bool lift = false;
        if (low < count && lists.kept()[low] == source) {
            const std::size_t writer = static_cast<std::size_t>(order[low]);
            lift = writer < i && plan.descriptors[writer].source_fd != source;
        }
        lists.lift()[i] = lift;
    }
    return 0;
}

}  // namespace cohort::sys::detail
