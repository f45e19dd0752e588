// Recycles coroutine frames: a thread-local free list per size class.
//
// Half of the cost of awaiting a short coroutine is malloc and free of its frame. Frames are sized by the compiler and
// freed with their size, so a block needs no header: its class follows from the size. Blocks come from operator new and
// may be freed on another thread than the one that made them; they then join that thread's list. Each list is bounded,
// and a thread's lists are freed when the thread ends.
//
// COHORT_NO_FRAME_RECYCLING turns the pool off, so that address sanitizers see each frame's true life.
#pragma once

#include <cstddef>
#include <new>

namespace cohort::detail {

/// A free block, or the end of a list. Each knows how many are below it, so that a list's length needs no counter.
struct free_frame {
    free_frame* next;
    std::size_t depth;
};

/// The free lists of one thread, by size class.
struct free_frame_lists {
    static constexpr std::size_t granule = 32;     // a size class rounds up by half of this on average
    static constexpr std::size_t classes = 64;     // frames up to 2 KiB
    static constexpr std::size_t most_kept = 256;  // per class: at most 16 MiB a thread, in practice far less

    static inline constinit free_frame bottom{nullptr, 0};
    static inline constinit free_frame closed{nullptr, most_kept};  // an empty list that takes nothing

    constexpr free_frame_lists() noexcept {
        for (free_frame*& list : first) list = &closed;
    }

    free_frame* first[classes]{};
    bool opened = false;
};

// Constructed before the thread runs and trivially destroyed: reaching it is one thread-pointer-relative address.
inline constinit thread_local free_frame_lists free_frames;

class frame_pool {
    using lists = free_frame_lists;

public:
    static void* allocate(std::size_t size) {
#ifndef COHORT_NO_FRAME_RECYCLING
        const std::size_t index = class_of(size);
        if (index < lists::classes) {
            free_frame* const first = free_frames.first[index];
            if (free_frame* const next = first->next) [[likely]] {
                free_frames.first[index] = next;
                return first;
            }
            return ::operator new((index + 1) * lists::granule);
        }
#endif
        return ::operator new(size);
    }

    static void release(void* memory, std::size_t size) noexcept {
#ifndef COHORT_NO_FRAME_RECYCLING
        const std::size_t index = class_of(size);
        if (index < lists::classes) {
            if (free_frames.first[index]->depth < lists::most_kept || open()) [[likely]] {
                free_frame* const below = free_frames.first[index];
                free_frames.first[index] = ::new (memory) free_frame{below, below->depth + 1};
                return;
            }
        }
#else
        static_cast<void>(size);
#endif
        ::operator delete(memory);
    }

private:
    struct reaper {
        ~reaper() {
            for (free_frame*& list : free_frames.first) {
                while (free_frame* const next = list->next) {
                    ::operator delete(list);
                    list = next;
                }
                list = &lists::closed;  // a frame freed even later in this thread's exit goes straight back
            }
        }
        [[gnu::always_inline]] void arm() const noexcept {}
    };

    [[gnu::always_inline]]
    static constexpr std::size_t class_of(std::size_t size) noexcept { return (size - 1) / lists::granule; }

    // The thread's first released frame registers the clean-up and opens the lists: the common path pays no guard for
    // it. Returns false if they were open before: then the list is full.
    [[gnu::cold, gnu::noinline]] static bool open() noexcept {
        if (free_frames.opened) return false;
        free_frames.opened = true;
        static thread_local reaper at_exit;
        at_exit.arm();
        for (free_frame*& list : free_frames.first) list = &lists::bottom;
        return true;
    }
};

}  // namespace cohort::detail
