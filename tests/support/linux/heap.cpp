#include "support/resources.hpp"

#include <malloc.h>

namespace support {

std::size_t heap_bytes() {
    const struct mallinfo2 now = ::mallinfo2();
    return now.uordblks + now.hblkhd;
}

}  // namespace support
