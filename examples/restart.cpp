// Killed workers come back: each worker has a coroutine that waits for its end and starts the next one.
//
// Output:
//   Create worker-<pid>
//   Worker-<pid> killed by SIGKILL
//   Create worker-<pid>
//   Worker-<pid> killed by SIGABRT
//   Create worker-<pid>
//   Worker-<pid> exited with 1
//   Create worker-<pid>
//   All is well, 3 restarts
#include <cohort.hpp>

#include <csignal>
#include <cstdio>
#include <string>

namespace co = cohort;

struct order {
    std::string what;
};
struct ready {};
using link_to_worker = co::channel_to<order, ready>;

co::role work("worker", [](co::parent<link_to_worker> up) -> co::task<int> {
    ready here;
    co_await up.send(here);
    while (auto given = co_await up.receive())
        if (given->what == "fail") co_return 1;
    co_return 0;
});

// What goes wrong with the worker, one thing each time that it has come up.
co::task<> disturb(co::worker_process<link_to_worker>& worker, int times) {
    co_await worker.channel().receive();  // it is ready
    if (times == 0) worker.kill(SIGKILL);
    if (times == 1) worker.kill(SIGABRT);
    if (times == 2) {
        order bad;
        bad.what = "fail";
        co_await worker.channel().send(bad);
    }
}

co::task<int> app() {
    int restarts = 0;
    for (;; ++restarts) {
        co::worker_process<link_to_worker> worker = co_await co::fork_self<link_to_worker>("worker");
        std::printf("Create worker-%d\n", worker.pid());
        co_await disturb(worker, restarts);
        if (restarts == 3) break;

        const co::exit_status status = co_await worker.wait();
        std::printf("Worker-%d %s\n", worker.pid(), status.to_string().c_str());
    }  // leaving its scope stops the last one
    std::printf("All is well, %d restarts\n", restarts);
    co_return 0;
}

int main(int argc, char** argv) { return co::run(app, argc, argv); }
