#include "support/resources.hpp"

#include <malloc.h>

namespace support {

std::size_t heap_bytes() {
    std::size_t sum = 0;
    _HEAPINFO block{};
    while (::_heapwalk(&block) == _HEAPOK)
        if (block._useflag == _USEDENTRY) sum += block._size;
    return sum;
}

}  // namespace support
