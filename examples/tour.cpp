// All of it in one run: workers, messages, sockets handed round robin, a killed worker that is replaced, a clean end.
// Output:
//   messages   worker <pid> says that 6 * 7 = 42
//   messages   worker <pid> says that 7 * 7 = 49
//   sockets    3 requests handled by worker <pid>
//   sockets    3 requests handled by worker <pid>
//   restart    worker <pid> killed by SIGKILL
//   messages   worker <pid> says that 8 * 7 = 56
//   shutdown   worker <pid> exited with 0
//   shutdown   worker <pid> exited with 0
#include <cohort.hpp>

#include <csignal>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace co = cohort;
struct job {  // what the primary sends: a question, or a connection to be answered
    int number = 0;
    co::stream socket;
};
struct result {
    int pid = 0, value = 0;
};
using link_to_worker = co::channel_to<job, result>;
using worker_process = co::worker_process<link_to_worker>;

co::role work("worker", [](co::parent<link_to_worker> up) -> co::task<> {
    while (auto given = co_await up.receive()) {
        result r;
        r.pid = co::process::pid();
        r.value = given->number * 7;
        if (given->socket) co_await co::write_all(given->socket, std::to_string(r.pid));
        else co_await up.send(r);
    }
});

void check(bool held, const std::string& step) {
    if (!held) throw std::runtime_error("this step did not hold: " + step);
}

co::task<> ask(worker_process& worker, int number) {
    job question{number, {}};
    co_await worker.channel().send(question);
    auto answer = co_await worker.channel().receive();
    check(answer && answer->pid == worker.pid() && answer->value == number * 7, "messages");
    std::printf("messages   worker %d says that %d * 7 = %d\n", answer->pid, number, answer->value);
}

co::task<> hand_out(co::listener& server, std::vector<worker_process>& workers, int requests) {
    for (int i = 0; i < requests; ++i) {
        auto accepted = co_await server.accept();
        job request{0, std::move(*accepted)};
        co_await workers[i % workers.size()].channel().send(co::give(request));
    }
}

co::task<> request(co::address where, std::map<int, int>& handled) {
    co::buffered_reader connection(co_await co::connect(where));
    auto pid = co_await connection.line();
    check(pid.has_value(), "sockets");
    ++handled[std::stoi(*pid)];
}

co::task<> app() {
    std::vector<worker_process> workers;
    for (int i = 0; i < 2; ++i) {
        workers.push_back(co_await co::fork_self<link_to_worker>("worker"));
        co_await ask(workers[i], 6 + i);
    }

    co::listener server = co::listen("127.0.0.1:0");
    std::map<int, int> handled;
    co_await co::scope([&](co::scope_ref s) -> co::task<> {
        s.spawn(hand_out(server, workers, 6));
        for (int i = 0; i < 6; ++i) s.spawn(request(server.local_address(), handled));
        co_return;
    });
    for (worker_process& each : workers) {
        check(handled[each.pid()] == 3, "sockets");
        std::printf("sockets    3 requests handled by worker %d\n", each.pid());
    }
    workers[0].kill(SIGKILL);
    const co::exit_status killed = co_await workers[0].wait();
    check(killed.signal() == SIGKILL, "restart");
    std::printf("restart    worker %d %s\n", workers[0].pid(), killed.to_string().c_str());
    workers[0] = co_await co::fork_self<link_to_worker>("worker");
    co_await ask(workers[0], 8);
    for (worker_process& each : workers) {
        const co::exit_status status = co_await each.stop();
        check(status.ok(), "shutdown");
        std::printf("shutdown   worker %d %s\n", each.pid(), status.to_string().c_str());
    }
}

int main(int argc, char** argv) { return co::run(app, argc, argv); }
