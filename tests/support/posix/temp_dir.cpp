#include "support/temp_dir.hpp"

#include "support/environment.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace support {

namespace {

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

temp_dir::temp_dir() {
    const std::string base = environment("TMPDIR");
    path_ = (base.empty() ? "/tmp" : base) + "/cohort-XXXXXX";
    if (!::mkdtemp(path_.data())) fail("mkdtemp " + path_);
}

temp_dir::~temp_dir() {
    std::error_code ignored;  // what is left shows in the leak check, by name
    std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::string& path, const std::string& content) {
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) fail("open " + path);
    for (std::size_t done = 0; done < content.size();) {
        ssize_t count = ::write(fd, content.data() + done, content.size() - done);
        if (count < 0 && errno != EINTR) {
            int error = errno;
            ::close(fd);
            errno = error;
            fail("write " + path);
        }
        if (count > 0) done += std::size_t(count);
    }
    ::close(fd);
}

std::string read_file(const std::string& path) {
    int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail("open " + path);
    std::string content;
    char buffer[4096];
    for (;;) {
        ssize_t count = ::read(fd, buffer, sizeof buffer);
        if (count > 0) {
            content.append(buffer, std::size_t(count));
        } else if (count == 0) {
            break;
        } else if (errno != EINTR) {
            int error = errno;
            ::close(fd);
            errno = error;
            fail("read " + path);
        }
    }
    ::close(fd);
    return content;
}

}  // namespace support
