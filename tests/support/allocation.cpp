#include "support/allocation.hpp"

#include "support/aligned_block.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t of_this_thread = 0;
std::atomic<std::size_t> of_all_threads{0};
thread_local long until_failure = -1;

/// An `alignment` of 0 stands for operator new without one.
void* counted(std::size_t size, std::size_t alignment) noexcept {
    ++of_this_thread;
    of_all_threads.fetch_add(1, std::memory_order_relaxed);
    if (size == 0) size = 1;
    return alignment == 0 ? std::malloc(size) : support::aligned_block(size, alignment);
}

void* counted_or_throw(std::size_t size, std::size_t alignment) {
    void* block = until_failure >= 0 && until_failure-- == 0 ? nullptr : counted(size, alignment);
    if (!block) throw std::bad_alloc();
    return block;
}

}  // namespace

namespace support {

std::size_t allocation_count() noexcept { return of_this_thread; }
std::size_t allocation_count_all_threads() noexcept { return of_all_threads.load(std::memory_order_relaxed); }
void fail_allocation(long after) noexcept { until_failure = after; }

}  // namespace support

// The replaceable functions, all of them: a sanitizer takes a block that one allocator made and another frees as an error.
void* operator new(std::size_t size) { return counted_or_throw(size, 0); }
void* operator new[](std::size_t size) { return counted_or_throw(size, 0); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size, 0); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size, 0); }
void* operator new(std::size_t size, std::align_val_t a) { return counted_or_throw(size, std::size_t(a)); }
void* operator new[](std::size_t size, std::align_val_t a) { return counted_or_throw(size, std::size_t(a)); }
void* operator new(std::size_t size, std::align_val_t a, const std::nothrow_t&) noexcept {
    return counted(size, std::size_t(a));
}
void* operator new[](std::size_t size, std::align_val_t a, const std::nothrow_t&) noexcept {
    return counted(size, std::size_t(a));
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept { support::free_aligned_block(block); }
void operator delete[](void* block, std::align_val_t) noexcept { support::free_aligned_block(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { support::free_aligned_block(block); }
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { support::free_aligned_block(block); }
void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept { support::free_aligned_block(block); }
void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept {
    support::free_aligned_block(block);
}
