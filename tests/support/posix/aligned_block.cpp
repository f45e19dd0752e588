#include "support/aligned_block.hpp"

#include <cstdlib>

namespace support {

void* aligned_block(std::size_t size, std::size_t alignment) noexcept {
    return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void free_aligned_block(void* block) noexcept { std::free(block); }

}  // namespace support
