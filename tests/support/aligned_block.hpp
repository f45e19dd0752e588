#pragma once
#include <cstddef>

namespace support {

/// Memory of a stricter alignment than malloc's; null where there is none. Some systems have to free it by a function
/// of its own.
void* aligned_block(std::size_t size, std::size_t alignment) noexcept;
void free_aligned_block(void* block) noexcept;

}  // namespace support
