#include "support/open.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace support {

const char* const null_shown = "/dev/null";

int open_null() {
    const int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "open /dev/null");
    return fd;
}

void close_descriptor(int fd) {
    if (::close(fd) != 0) throw std::system_error(errno, std::generic_category(), "close");
}

bool close_stdin() { return ::close(STDIN_FILENO) == 0; }

}  // namespace support
