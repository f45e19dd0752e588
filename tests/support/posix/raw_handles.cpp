#include "support/raw_handles.hpp"

#include "support/raw_io.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <system_error>

namespace support {

struct raw_handles::state {
    int fd;
};

raw_handles::raw_handles(int fd) : state_(new state{fd}) {}
raw_handles::raw_handles(raw_handles&&) noexcept = default;
raw_handles::~raw_handles() = default;

void raw_handles::write(std::string_view bytes, const std::vector<int>& fds) {
    alignas(cmsghdr) char control[CMSG_SPACE(253 * sizeof(int))] = {};
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    if (!fds.empty()) {
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
        std::memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
    }
    if (::sendmsg(state_->fd, &header, 0) != static_cast<ssize_t>(bytes.size()))
        throw std::system_error(errno, std::system_category(), "sendmsg");
}

std::string raw_handles::read(std::size_t most) { return raw_read(state_->fd, most); }

}  // namespace support
