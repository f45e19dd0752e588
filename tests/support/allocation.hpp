#pragma once
#include <cstddef>

namespace support {

/// Calls of operator new on this thread since it began. The difference of two readings is what the code between them
/// allocated; malloc called directly is not counted.
std::size_t allocation_count() noexcept;

/// The same, over all threads of the process.
std::size_t allocation_count_all_threads() noexcept;

/// Has a call of the throwing kinds of operator new on this thread throw std::bad_alloc, once: the next but `after`. A
/// negative number takes that back.
void fail_allocation(long after) noexcept;

}  // namespace support
