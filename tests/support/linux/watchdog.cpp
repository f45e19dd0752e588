#include "support/watchdog.hpp"

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
#include <ctime>
#include <optional>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace support {

namespace {

pid_t watching = 0;

/// A file of /proc on one line, for the report; what cannot be read is left out.
void print_file(const char* label, const std::string& path) {
    std::string text;
    try {
        text = read_file(path);
    } catch (const std::system_error&) {
        return;
    }
    for (char& c : text) {
        if (c == '\0') c = ' ';
    }
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (!text.empty()) std::fprintf(stderr, "    %s: %s\n", label, text.c_str());
}

void print_descriptors(pid_t pid) {
    std::string command = "ls -l /proc/" + std::to_string(pid) + "/fd 2>/dev/null | sed -n 's/.* \\([0-9]* -> .*\\)/    \\1/p' >&2";
    if (std::system(command.c_str()) != 0) std::fprintf(stderr, "    (descriptors not readable)\n");
}

void print_process(pid_t pid) {
    const std::string base = "/proc/" + std::to_string(pid);
    std::fprintf(stderr, "  process %d (%c)\n", int(pid), process_state(pid));
    print_file("command", base + "/cmdline");
    for (const auto& [tid, name] : threads(pid)) {
        const std::string task = base + "/task/" + std::to_string(tid);
        std::fprintf(stderr, "   thread %d \"%s\"\n", int(tid), name.c_str());
        print_file("waits in", task + "/wchan");
        print_file("system call", task + "/syscall");
        print_file("kernel stack", task + "/stack");
    }
    std::fprintf(stderr, "   descriptors:\n");
    print_descriptors(pid);
    for (const process_entry& child : child_processes(pid)) print_process(child.pid());
}

void print_backtrace(pid_t pid) {
    const char* wanted = std::getenv("COHORT_TEST_GDB");
    if ((wanted && std::strcmp(wanted, "0") == 0) || ::access("/usr/bin/gdb", X_OK) != 0) return;
    std::string command = "timeout -k 5 60 gdb -nx -batch -p " + std::to_string(pid) +
                          " -ex 'thread apply all backtrace 40' 2>/dev/null >&2";
    if (std::system(command.c_str()) != 0) std::fprintf(stderr, "    (no backtrace)\n");
}

void kill_descendants(pid_t pid) {
    for (const process_entry& child : child_processes(pid)) {
        kill_descendants(child.pid());
        ::kill(child.pid(), SIGKILL);
    }
}

bool debugged() {
    const std::string status = read_file("/proc/self/status");
    const std::size_t at = status.find("TracerPid:");
    return at != std::string::npos && std::atoi(status.c_str() + at + 10) != 0;
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

int watch(pid_t tests) {
    sigset_t awaited;
    ::sigemptyset(&awaited);
    for (int signal : {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::sigaddset(&awaited, signal);
    ::sigprocmask(SIG_BLOCK, &awaited, nullptr);  // what ended before this is seen by the first reap

    int status = 0;
    bool timed_out = false;
    std::optional<std::chrono::steady_clock::time_point> kill_at;
    while (!reap(tests, status)) {
        const timespec interval{0, 250000000};
        const int signal = ::sigtimedwait(&awaited, nullptr, &interval);
        if (signal > 0 && signal != SIGCHLD) ::kill(tests, signal);
        if (!timed_out && time_is_up()) {
            timed_out = true;
            say_time_limit();
            print_process(tests);
            print_backtrace(tests);
            kill_descendants(tests);
            ::kill(tests, SIGABRT);
            kill_at = std::chrono::steady_clock::now() + std::chrono::seconds(1);
        }
        if (kill_at && std::chrono::steady_clock::now() > *kill_at) ::kill(tests, SIGKILL);
    }
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    std::string how = "exit code " + std::to_string(code);
    if (WIFSIGNALED(status)) {
        how = "signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")";
    }
    if (ended_inside_a_case(how) && code == 0) code = 1;
    kill_descendants(::getpid());
    while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {}
    return code;
}

}  // namespace

pid_t watcher() noexcept { return watching; }

int run_watched(int (*run)(int argc, char** argv), int argc, char** argv) {
    temp_dir scratch;  // all that the tests write; gone at the end whatever happens to them
    set_environment("TMPDIR", scratch.path());
    if (debugged() || environment("COHORT_TEST_WATCHDOG") == "0") {
        const int code = run(argc, argv);
        report(code);
        return code;
    }
    void* shared = ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    use_board(new (shared) board());
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t self = ::getpid();
    const pid_t tests = ::fork();
    if (tests < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (tests == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != self) ::_exit(1);
        watching = self;
        const int code = run(argc, argv);
        std::fflush(nullptr);
        std::exit(code);  // static destructors and the leak sanitizer run in the process that ran the tests
    }
    const int code = watch(tests);
    report(code);
    return code;
}

}  // namespace support
