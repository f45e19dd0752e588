// One worker a core, each says hello.
//
//     fork_workers [WORKERS]
//
// Run: fork_workers 4
// Output, in any order:
//   Primary: Hello world.
//   Worker-<pid>: Hello world.
//   Worker-<pid>: Hello world.
//   Worker-<pid>: Hello world.
//   Worker-<pid>: Hello world.
#include <cohort.hpp>

#include <cstdio>
#include <vector>

namespace co = cohort;

// What this program does when it was started by itself, as a worker.
co::role worker("worker", []() -> co::task<> {
    std::printf("Worker-%d: Hello world.\n", co::process::pid());
    co_return;
});

co::task<int> app(co::args argv) {
    const int count = argv.number(0, co::process::cpu_count());

    std::vector<co::child> workers;
    for (int i = 0; i < count; ++i) workers.push_back(co_await co::self("worker").spawn());

    std::puts("Primary: Hello world.");

    int failed = 0;
    for (co::child& each : workers) {
        const co::exit_status status = co_await each.wait();
        failed += !status.ok();
    }
    co_return failed;
}

int main(int argc, char** argv) { return co::run(app, argc, argv); }
