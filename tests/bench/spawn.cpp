// W3: starting /bin/true and waiting for it, one at a time (W3.1) and 16 at a time (W3.16), in a small process (small) and in
// one with 1 GiB of touched memory (1G); beside vfork, execve and waitid. W3b: capturing 10 MB of a program's output, beside
// vfork, execve, read from a pipe into a buffer that grows, and waitid.
#include "bench.hpp"

#include <cohort/process.hpp>
#include <cohort/async/scope.hpp>

#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace co = cohort;

namespace {

const char* const true_arguments[] = {"/bin/true", nullptr};
constexpr const char* ten_megabytes = "10000000";
const char* const head_arguments[] = {"/usr/bin/head", "-c", ten_megabytes, "/dev/zero", nullptr};

pid_t start_true() {
    const pid_t pid = ::vfork();
    if (pid == 0) {
        ::execve(true_arguments[0], const_cast<char* const*>(true_arguments), environ);
        ::_exit(127);
    }
    if (pid < 0) bench::die("vfork");
    return pid;
}

// Spawns per second.
double raw(int in_flight) {
    const double began = bench::now();
    const double end = began + bench::budget();
    int done = 0;
    int live = 0;
    for (;;) {
        const bool more = bench::now() < end;
        while (more && live < in_flight) {
            start_true();
            ++live;
        }
        if (live == 0) break;
        siginfo_t info;
        if (::waitid(P_ALL, 0, &info, WEXITED) != 0 || info.si_status != 0) bench::die("waitid");
        --live;
        ++done;
    }
    return done / (bench::now() - began);
}

co::task<int> spawn_until(double end) {
    const co::command program("/bin/true");
    int done = 0;
    while (bench::now() < end) {
        co::child c = co_await program.spawn();
        const co::exit_status status = co_await c.wait();
        if (!status.ok()) bench::die("child");
        ++done;
    }
    co_return done;
}

double cohort_spawns(int in_flight) {
    co::loop here;
    const double began = bench::now();
    const double end = began + bench::budget();
    int done = 0;
    here.run([&]() -> co::task<> {
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (int i = 0; i < in_flight; ++i)
                s.spawn([&]() -> co::task<> { done += co_await spawn_until(end); });
            co_return;
        });
    }());
    return done / (bench::now() - began);
}

// MB per second.
double raw_capture() {
    const double began = bench::now();
    const double end = began + bench::budget();
    int runs = 0;
    do {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) bench::die("pipe2");
        ::fcntl(ends[0], F_SETPIPE_SZ, 1 << 20);
        const pid_t pid = ::vfork();
        if (pid == 0) {
            ::dup2(ends[1], 1);
            ::execve(head_arguments[0], const_cast<char* const*>(head_arguments), environ);
            ::_exit(127);
        }
        ::close(ends[1]);
        std::size_t size = 0;
        std::size_t capacity = 16384;
        char* data = static_cast<char*>(std::malloc(capacity));
        for (;;) {
            if (size == capacity) data = static_cast<char*>(std::realloc(data, capacity *= 2));
            const ssize_t count = ::read(ends[0], data + size, capacity - size);
            if (count <= 0) break;
            size += static_cast<std::size_t>(count);
        }
        ::close(ends[0]);
        siginfo_t info;
        if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 || size != 10'000'000) bench::die("capture");
        std::free(data);
        ++runs;
    } while (bench::now() < end);
    return runs * 10.0 / (bench::now() - began);
}

double cohort_capture() {
    co::loop here;
    const double began = bench::now();
    const double end = began + bench::budget();
    int runs = 0;
    here.run([&]() -> co::task<> {
        const co::command head("/usr/bin/head", "-c", ten_megabytes, "/dev/zero");
        do {
            auto captured = co_await head.output();
            if (captured.out().size() != 10'000'000) bench::die("capture");
            ++runs;
        } while (bench::now() < end);
    }());
    return runs * 10.0 / (bench::now() - began);
}

void spawns(const char* size) {
    for (const int in_flight : {1, 16}) {
        bench::compare("W3." + std::to_string(in_flight) + '.' + size, "spawn/s",
                       {{"raw-vfork", [=] { return raw(in_flight); }}, {"cohort", [=] { return cohort_spawns(in_flight); }}});
    }
}

}  // namespace

int main() {
    spawns("small");
    bench::compare("W3b", "MB/s", {{"raw-pipe-1m", raw_capture}, {"cohort", cohort_capture}});
    const std::size_t gigabyte = std::size_t{1} << 30;
    void* memory = ::mmap(nullptr, gigabyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) bench::die("mmap");
    std::memset(memory, 1, gigabyte);
    spawns("1G");
}
