#include "support/child.hpp"

#include <cohort/sys/process.hpp>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace support {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> all;
    for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));
    all.push_back(nullptr);
    return all;
}

int exit_code_of(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::string self_path() {
    char path[4096];
    const auto length = cohort::sys::executable_path(path, sizeof path);
    if (!length) throw std::system_error(length.error(), std::generic_category(), "executable_path");
    return std::string(path, *length);
}

finished run_program(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
    const std::vector<char*> args = pointers(argv);
    std::vector<char*> env;
    for (const std::string& entry : environment) env.push_back(const_cast<char*>(entry.c_str()));
    for (char** entry = cohort::sys::environment(); *entry; ++entry) {  // of two entries of a name some programs take the first, some the last
        const std::size_t name = std::strcspn(*entry, "=") + 1;
        bool given = false;
        for (const std::string& other : environment) given = given || other.compare(0, name, *entry, name) == 0;
        if (!given) env.push_back(*entry);
    }
    env.push_back(nullptr);

    int ends[2];
    if (::pipe(ends) < 0) fail("pipe");
    for (int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
    pid_t pid = ::fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::dup2(ends[1], STDERR_FILENO);
        ::execve(args[0], args.data(), env.data());
        ::_exit(127);
    }
    ::close(ends[1]);
    std::string output;
    char buffer[4096];
    for (;;) {
        ssize_t count = ::read(ends[0], buffer, sizeof buffer);
        if (count > 0) output.append(buffer, std::size_t(count));
        else if (count == 0 || errno != EINTR) break;
    }
    ::close(ends[0]);
    return finished(exit_code_of(pid), std::move(output));
}

int run_in_place(const std::vector<std::string>& argv) { return exit_code_of(start_program(argv)); }

pid_t start_program(const std::vector<std::string>& argv) {
    const std::vector<char*> args = pointers(argv);
    const pid_t pid = ::fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
        ::execv(args[0], args.data());
        ::_exit(127);
    }
    return pid;
}

void end_abruptly() noexcept {
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
}

}  // namespace support
