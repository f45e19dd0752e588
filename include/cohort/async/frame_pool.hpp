// Recycles coroutine frames: a thread-local free list per size class.
//
// Half of the cost of awaiting a short coroutine is malloc and free of its frame. Frames are sized by the compiler and freed
// with their size, so a block needs no header: its class follows from the size. Blocks come from operator new and may be
// freed on another thread than the one that made them; they then join that thread's list. Each list is bounded, and a
// thread's lists are freed when the thread ends.
//
// COHORT_NO_FRAME_RECYCLING turns the pool off, so that address sanitizers see each frame's true life.
#pragma once

#include <cstddef>
#include <new>

namespace cohort::detail {

class frame_pool {
public:
    static void* allocate(std::size_t size) {
#ifndef COHORT_NO_FRAME_RECYCLING
        const std::size_t index = class_of(size);
        if (index < classes) {
            bin& b = lists_.bins[index];
            if (block* first = b.first) {
                b.first = first->next;
                ++b.room;
                return first;
            }
            return ::operator new((index + 1) * granule);
        }
#endif
        return ::operator new(size);
    }

    static void release(void* memory, std::size_t size) noexcept {
#ifndef COHORT_NO_FRAME_RECYCLING
        const std::size_t index = class_of(size);
        if (index < classes) {
            bin& b = lists_.bins[index];
            if (b.room != 0 || open()) [[likely]] {
                --b.room;
                b.first = ::new (memory) block{b.first};
                return;
            }
        }
#else
        static_cast<void>(size);
#endif
        ::operator delete(memory);
    }

private:
    static constexpr std::size_t granule = 32;     // a size class rounds up by half of this on average
    static constexpr std::size_t classes = 64;     // frames up to 2 KiB
    static constexpr std::size_t most_kept = 256;  // per class: at most 16 MiB a thread, in practice far less

    struct block {
        block* next;
    };
    struct bin {
        block* first;
        std::size_t room;  // how many more blocks the list takes; none before the thread's clean-up is registered
    };
    struct table {
        bin bins[classes];
        bool opened;
    };

    struct reaper {
        ~reaper() {
            for (bin& b : lists_.bins) {
                while (block* first = b.first) {
                    b.first = first->next;
                    ::operator delete(first);
                }
                b.room = 0;  // a frame freed even later in this thread's exit goes straight back
            }
        }
        void arm() const noexcept {}
    };

    static constexpr std::size_t class_of(std::size_t size) noexcept { return (size - 1) / granule; }

    // The thread's first released frame registers the clean-up and opens the lists: the common path pays no guard for it.
    // Returns false if they were open before, so that a list without room is full.
    [[gnu::cold, gnu::noinline]] static bool open() noexcept {
        if (lists_.opened) return false;
        lists_.opened = true;
        static thread_local reaper at_exit;
        at_exit.arm();
        for (bin& b : lists_.bins) b.room = most_kept;
        return true;
    }

    // Trivially constructed and destroyed: reaching it is one thread-pointer-relative address.
    static inline thread_local constinit table lists_{};
};

}  // namespace cohort::detail
