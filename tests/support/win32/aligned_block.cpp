#include "support/aligned_block.hpp"

#include <malloc.h>

namespace support {

void* aligned_block(std::size_t size, std::size_t alignment) noexcept { return ::_aligned_malloc(size, alignment); }

void free_aligned_block(void* block) noexcept { ::_aligned_free(block); }

}  // namespace support
