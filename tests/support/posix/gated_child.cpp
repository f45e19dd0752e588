#include "support/gated_child.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace support {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

gated_child::gated_child(int code) {
    int ends[2];
    if (::pipe(ends) != 0) fail("pipe");
    for (const int fd : ends) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    pid_ = ::fork();
    if (pid_ < 0) fail("fork");
    if (pid_ == 0) {
        ::close(ends[1]);
        char byte;
        static_cast<void>(!::read(ends[0], &byte, 1));
        ::_exit(code);
    }
    ::close(ends[0]);
    gate_ = ends[1];
}

gated_child::~gated_child() { open(); }

void gated_child::open() {
    if (gate_ >= 0) ::close(gate_);
    gate_ = -1;
}

void gated_child::await_end() {
    siginfo_t info;
    while (::waitid(P_PID, id_t(pid_), &info, WEXITED | WNOWAIT) != 0)
        if (errno != EINTR) fail("waitid");
}

void gated_child::reap() {
    while (::waitpid(pid_, nullptr, 0) != pid_)
        if (errno != EINTR) fail("waitpid");
}

std::chrono::nanoseconds processor_time() {
    timespec used;
    if (::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) != 0) fail("clock_gettime");
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace support
