#include "support/watchdog.hpp"

#include "support/bsd/system.hpp"
#include "support/environment.hpp"
#include "support/resources.hpp"
#include "support/temp_dir.hpp"
#include "support/watchdog_board.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <sys/event.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace support {

namespace {

pid_t watching = 0;

void print_process(const process_entry& process) {
    std::fprintf(stderr, "  process %d \"%s\" (%c)\n", int(process.pid()), process.name().c_str(), process.state());
    for (const auto& [tid, name] : threads(process.pid()))
        std::fprintf(stderr, "   thread %d \"%s\"\n", int(tid), name.c_str());
    for (const process_entry& child : child_processes(process.pid())) print_process(child);
}

void kill_descendants(pid_t pid) {
    for (const process_entry& child : child_processes(pid)) {
        kill_descendants(child.pid());
        ::kill(child.pid(), SIGKILL);
    }
}

/// Reaps what has ended. True when the tests' own process is among it.
bool reap(pid_t tests, int& status) noexcept {
    bool ended = false;
    int some;
    for (pid_t pid; (pid = ::waitpid(-1, &some, WNOHANG)) > 0;) {
        if (pid != tests) continue;
        status = some;
        ended = true;
    }
    return ended;
}

/// A queue that reports the end of children and the signals that are for the tests.
int make_queue() {
    const int queue = ::kqueue();
    if (queue < 0) throw std::system_error(errno, std::generic_category(), "kqueue");
    for (int signal : {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
        struct kevent event;
        EV_SET(&event, signal, EVFILT_SIGNAL, EV_ADD, 0, 0, nullptr);
        if (::kevent(queue, &event, 1, nullptr, 0, nullptr) != 0)
            throw std::system_error(errno, std::generic_category(), "kevent");
        // Reported although ignored; a child that is ignored would be reaped by the system.
        if (signal != SIGCHLD) ::signal(signal, SIG_IGN);
    }
    return queue;
}

int watch(pid_t tests, int queue) {
    int status = 0;
    bool timed_out = false;
    std::optional<std::chrono::steady_clock::time_point> kill_at;
    while (!reap(tests, status)) {
        const timespec interval{0, 250000000};
        struct kevent event;
        if (::kevent(queue, nullptr, 0, &event, 1, &interval) == 1 && event.ident != SIGCHLD)
            ::kill(tests, static_cast<int>(event.ident));
        if (!timed_out && time_is_up()) {
            timed_out = true;
            say_time_limit();
            for (const process_entry& process : child_processes(::getpid())) print_process(process);
            kill_descendants(tests);
            ::kill(tests, SIGABRT);
            kill_at = std::chrono::steady_clock::now() + std::chrono::seconds(1);
        }
        if (kill_at && std::chrono::steady_clock::now() > *kill_at) ::kill(tests, SIGKILL);
    }
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    std::string how = "exit code " + std::to_string(code);
    if (WIFSIGNALED(status))
        how = "signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")";
    if (ended_inside_a_case(how) && code == 0) code = 1;
    kill_descendants(::getpid());
    while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {}
    ::close(queue);
    return code;
}

}  // namespace

pid_t watcher() noexcept { return watching; }

int run_watched(int (*run)(int argc, char** argv), int argc, char** argv) {
    temp_dir scratch;  // all that the tests write; gone at the end whatever happens to them
    set_environment("TMPDIR", scratch.path());
    if (bsd::traced() || environment("COHORT_TEST_WATCHDOG") == "0") {
        const int code = run(argc, argv);
        report(code);
        return code;
    }
    void* shared = ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
    if (shared == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    use_board(new (shared) board());
    bsd::adopt_orphans();
    const pid_t self = ::getpid();
    const pid_t tests = ::fork();
    if (tests < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (tests == 0) {
        bsd::end_with_parent();
        if (::getppid() != self) ::_exit(1);
        watching = self;
        const int code = run(argc, argv);
        std::fflush(nullptr);
        std::exit(code);  // static destructors run in the process that ran the tests
    }
    // A child that has ended before there is a queue is seen by the first reap.
    const int code = watch(tests, make_queue());
    report(code);
    return code;
}

}  // namespace support
