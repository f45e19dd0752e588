#include "support/child.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace support {

namespace {

// Constant-initialised, so that roles of other files may register before this file's own constructors run.
constinit child_role* roles = nullptr;
constinit main_hook* hooks = nullptr;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

child_role::child_role(const char* name, function run) noexcept : name_(name), run_(run), next_(roles) {
    for (child_role* other = roles; other; other = other->next_) {
        if (std::strcmp(other->name_, name) == 0) {
            std::fprintf(stderr, "two child roles are named \"%s\"\n", name);
            std::_Exit(2);
        }
    }
    roles = this;
}

main_hook::main_hook(function run) noexcept : run_(run), next_(hooks) { hooks = this; }

int run_child(int argc, char** argv) {
    for (main_hook* hook = hooks; hook; hook = hook->next_) {
        if (int code = hook->run_(argc, argv); code != -1) return code;
    }
    if (argc < 2 || std::strcmp(argv[1], "--child") != 0) return -1;
    for (child_role* role = roles; role && argc > 2; role = role->next_) {
        if (std::strcmp(role->name_, argv[2]) == 0) return role->run_(argc - 2, argv + 2);
    }
    std::fprintf(stderr, "%s: no child role \"%s\"\n", argv[0], argc > 2 ? argv[2] : "");
    return 2;
}

std::string self_path() {
    char path[4096];
    ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
    if (length < 0) fail("readlink /proc/self/exe");
    return std::string(path, std::size_t(length));
}

finished run_program(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
    std::vector<char*> args;
    for (const std::string& arg : argv) args.push_back(const_cast<char*>(arg.c_str()));
    args.push_back(nullptr);
    std::vector<char*> env;
    for (const std::string& entry : environment) env.push_back(const_cast<char*>(entry.c_str()));
    for (char** entry = environ; *entry; ++entry) env.push_back(*entry);  // the first entry of a name counts
    env.push_back(nullptr);

    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0) fail("pipe2");
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
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return finished(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), std::move(output));
}

}  // namespace support
