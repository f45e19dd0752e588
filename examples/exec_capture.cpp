// Three ways to run a program: spawn streams, output captures, exec runs a line of the shell.
//
// The programs that it runs are this one in other roles, so that it does the same on every system. What is said of them
// holds for any: co::command("git", "log").output().
//
// Output:
//   spawn: one
//   spawn: two
//   spawn: the program exited with 0
//   output: 12 bytes were read, exited with 0
//   exec: shown
//   text: fail exited with 7 after <time>: out of paper
//   spawn "gti": <...>
//   timeout: killed by SIGTERM, stopped by timeout (SIGTERM)
#include <cohort.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;
namespace co = cohort;

co::role two_lines("lines", []() -> co::task<> {
    std::puts("one\ntwo");
    co_return;
});

co::role counter("count", []() -> co::task<> {
    int bytes = 0;
    while (std::getchar() != EOF) ++bytes;
    std::printf("%d bytes were read\n", bytes);
    co_return;
});

co::role failing("fail", []() -> co::task<int> {
    std::fputs("out of paper\n", stderr);
    co_return 7;
});

co::role sleeper("slow", []() -> co::task<> { co_await co::sleep(60s); });

co::task<int> app() {
    // spawn: the program runs beside this coroutine, its output arrives as it is written. For much data, or endless.
    co::child writer = co_await co::self("lines").out(co::pipe).spawn();
    while (auto line = co_await writer.out().line()) std::printf("spawn: %s\n", line->c_str());
    const co::exit_status ended = co_await writer.wait();
    std::printf("spawn: the program %s\n", ended.to_string().c_str());

    // output: everything that it wrote, when it has ended; bounded, 64 MiB unless said otherwise.
    co::output_result counted = co_await co::self("count").input("twelve bytes").output();
    std::printf("output: %s, %s\n", counted.text().c_str(), counted.status().to_string().c_str());

    // exec: the same for a line of shell, with its pipes and redirections.
    co::output_result said = co_await co::exec("echo not shown 1>&2 && echo shown");
    std::printf("exec: %s\n", said.text().c_str());

    // text: the output as a string; whatever goes wrong is an exception that says what.
    try {
        co_await co::self("fail").text();
    } catch (const co::command_failed& e) {
        std::printf("text: %s\n", e.what());
    }
    try {
        co_await co::command("gti", "status").text();
    } catch (const co::spawn_error& e) {
        std::printf("%s\n", e.what());
    }

    co::output_result late = co_await co::self("slow").timeout(50ms).output();
    std::printf("timeout: %s, stopped by %s\n", late.status().to_string().c_str(),
                late.stopped_by().to_string().c_str());
    co_return 0;
}

int main(int argc, char** argv) { return co::run(app, argc, argv); }
