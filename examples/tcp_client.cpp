// Opens connections to a server of this machine, all at once, and prints what each is sent. See load_balancer.
//
//     tcp_client PORT [CONNECTIONS]
//
// Run: load_balancer $PORT 3 >&2 & until tcp_client $PORT 1 >&2; do :; done; tcp_client $PORT; kill $!; wait
// Output, in any order:
//   Request handled by worker-<pid>
//   Request handled by worker-<pid>
//   Request handled by worker-<pid>
//   Request handled by worker-<pid>
//   Request handled by worker-<pid>
//   Request handled by worker-<pid>
//   Request handled by worker-<pid>
//   Request handled by worker-<pid>
//   Request handled by worker-<pid>
//   Request handled by worker-<pid>
#include <cohort.hpp>

#include <cstdint>
#include <cstdio>

namespace co = cohort;

co::task<> request(std::uint16_t port) {
    co::stream socket = co_await co::connect("127.0.0.1", port);
    co::buffered_reader reader(std::move(socket));
    while (auto line = co_await reader.line()) std::puts(line->c_str());
}

co::task<int> app(co::args argv) {
    const auto port = argv.number<std::uint16_t>(0, 8080);
    const int count = argv.number(1, 10);
    co_await co::scope([&](co::scope_ref s) -> co::task<> {
        for (int i = 0; i < count; ++i) s.spawn(request(port));
        co_return;
    });
    co_return 0;
}

int main(int argc, char** argv) { return co::run(app, argc, argv); }
