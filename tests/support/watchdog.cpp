#include "support/watchdog.hpp"

#include "support/resources.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace support {

namespace {

/// The page that both processes see. `deadline` is 0 between test cases; the name is written before it.
struct board {
    std::atomic<long long> deadline;  // CLOCK_MONOTONIC, milliseconds
    std::atomic<bool> run_began;
    std::atomic<unsigned> passed;
    std::atomic<unsigned> failed;
    char name[512];
};

board own_board;  // without a watcher
board* page = &own_board;
pid_t watching = 0;

long long now_ms() noexcept {
    timespec t;
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

long long limit_ms() noexcept {
    const char* text = std::getenv("COHORT_TEST_TIMEOUT");
    const double seconds = text ? std::atof(text) : 0;
    return (long long)((seconds > 0 ? seconds : 60) * 1000) * time_factor();
}

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
    long long kill_at = 0;
    while (!reap(tests, status)) {
        const timespec interval{0, 250000000};
        const int signal = ::sigtimedwait(&awaited, nullptr, &interval);
        if (signal > 0 && signal != SIGCHLD) ::kill(tests, signal);
        const long long deadline = page->deadline.load();
        if (!timed_out && deadline && now_ms() > deadline) {
            timed_out = true;
            std::fprintf(stderr, "\nTIME LIMIT: test case \"%s\" ran longer than %lld ms\n", page->name, limit_ms());
            print_process(tests);
            print_backtrace(tests);
            kill_descendants(tests);
            ::kill(tests, SIGABRT);
            kill_at = now_ms() + 1000;
        }
        if (kill_at && now_ms() > kill_at) ::kill(tests, SIGKILL);
    }
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (page->deadline.load()) {
        page->failed.fetch_add(1);
        if (WIFSIGNALED(status)) {
            std::fprintf(stderr, "\nENDED INSIDE test case \"%s\": signal %d (%s)\n", page->name, WTERMSIG(status),
                         ::strsignal(WTERMSIG(status)));
        } else {
            std::fprintf(stderr, "\nENDED INSIDE test case \"%s\": exit code %d\n", page->name, code);
        }
        if (code == 0) code = 1;
    }
    kill_descendants(::getpid());
    while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {}
    return code;
}

void report(int code) {
    if (!page->run_began.load()) return;  // listing, help
    const unsigned passed = page->passed.load();
    unsigned failed = page->failed.load();
    if (code != 0 && failed == 0) failed = 1;  // a sanitizer's report at exit, or no test case at all
    std::printf("cohort-tests: %u passed, %u failed\n", passed, failed);
    std::fflush(stdout);
}

}  // namespace

void watch_run_begins() noexcept { page->run_began.store(true); }

void watch_case_begins(const char* name) noexcept {
    std::snprintf(page->name, sizeof page->name, "%s", name);
    page->deadline.store(now_ms() + limit_ms());
}

void watch_case_ends(bool passed) noexcept {
    (passed ? page->passed : page->failed).fetch_add(1);
    page->deadline.store(0);
}

pid_t watcher() noexcept { return watching; }

int run_watched(int (*run)(int argc, char** argv), int argc, char** argv) {
    temp_dir scratch;  // all that the tests write; gone at the end whatever happens to them
    ::setenv("TMPDIR", scratch.path().c_str(), 1);
    const char* wanted = std::getenv("COHORT_TEST_WATCHDOG");
    if (debugged() || (wanted && std::strcmp(wanted, "0") == 0)) {
        const int code = run(argc, argv);
        report(code);
        return code;
    }
    void* shared = ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    page = new (shared) board();
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
