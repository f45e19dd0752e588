// Two processes with a socket pair between them: what the message benchmarks run in.
#pragma once

#include "bench.hpp"

#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

/// Keeps this process, and children it forks from now on, on the core it runs on.
inline void pin() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
}

/// Runs `child` in a child process and `parent` here, each with its end of a socket pair. Pinned: both on one core.
template <class Child, class Parent>
double pair(bool pinned, int flags, Child child, Parent parent) {
    cpu_set_t all;
    sched_getaffinity(0, sizeof all, &all);
    if (pinned) pin();
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0, ends)) die("socketpair");
    std::fflush(stdout);
    const pid_t pid = fork();
    if (pid < 0) die("fork");
    if (pid == 0) {
        close(ends[0]);
        child(ends[1]);
        _exit(0);
    }
    close(ends[1]);
    const double value = parent(ends[0]);
    waitpid(pid, nullptr, 0);
    sched_setaffinity(0, sizeof all, &all);
    return value;
}

}  // namespace bench
