// A primary accepts TCP connections and hands the sockets to its workers, round robin.
//
//     load_balancer PORT WORKERS
//
// Run: load_balancer $PORT 2 & until tcp_client $PORT 2 >&2; do :; done; tcp_client $PORT 4; kill -INT $!; wait
// Output, in any order:
//   Create worker-<pid>
//   Create worker-<pid>
//   TCP server: 127.0.0.1:<port>
//   Request handled by worker-<pid>
//   Request handled by worker-<pid>
//   Request handled by worker-<pid>
//   Request handled by worker-<pid>
//   Worker-<pid> exited with 0
//   Worker-<pid> exited with 0
#include <cohort.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

using namespace std::chrono_literals;
namespace co = cohort;

// The message is a socket: the connection itself travels to the worker.
struct connection {
    co::stream socket;
};
struct nothing {};
using link_to_worker = co::channel_to<connection, nothing>;

co::task<> answer(co::stream socket) {
    co_await co::sleep(10ms);  // as if the request took some work
    const std::string text = "Request handled by worker-" + std::to_string(co::process::pid()) + "\n";
    co_await co::write_all(socket, text);
}

co::role worker("worker", [](co::parent<link_to_worker> up) -> co::task<> {
    co_await co::scope([&](co::scope_ref s) -> co::task<> {
        while (auto given = co_await up.receive()) s.spawn(answer(std::move(given->socket)));
    });
});

co::task<> serve(co::listener& server, std::vector<co::worker_process<link_to_worker>>& workers) {
    std::size_t next = 0;
    while (auto socket = co_await server.accept()) {
        connection accepted;
        accepted.socket = std::move(*socket);
        co_await workers[next].channel().send(co::give(accepted));
        next = (next + 1) % workers.size();
    }
}

co::task<int> app(co::args argv) {
    co::signal_set stop(SIGINT, SIGTERM);

    std::vector<co::worker_process<link_to_worker>> workers;
    for (int i = 0; i < argv.number(1, co::process::cpu_count()); ++i) {
        workers.push_back(co_await co::fork_self<link_to_worker>("worker"));
        std::printf("Create worker-%d\n", workers.back().pid());
    }

    co::listener server = co::listen("127.0.0.1:" + std::to_string(argv.number(0, 8080)));
    std::printf("TCP server: %s\n", server.local_address().to_string().c_str());
    std::fflush(stdout);

    co_await co::when_any(serve(server, workers), stop.next());

    for (auto& each : workers) {
        const co::exit_status status = co_await each.stop();
        std::printf("Worker-%d %s\n", each.pid(), status.to_string().c_str());
    }
    co_return 0;
}

int main(int argc, char** argv) { return co::run(app, argc, argv); }
