// Three ways to run a program: spawn streams, output captures, exec runs a line of the shell.
//
// Output:
//   spawn: one
//   spawn: two
//   spawn: the program exited with 0
//   output: 3 bytes, exited with 0
//   exec: a,b,c
//   text: sh exited with 7 after <time>: out of paper
//   spawn "gti": No such file or directory
//   timeout: killed by SIGTERM, stopped by timeout (SIGTERM)
#include <cohort.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;
namespace co = cohort;

co::task<int> app() {
    // spawn: the program runs beside this coroutine, its output arrives as it is written. For much data, or endless.
    co::child lines = co_await co::command("printf", "one\\ntwo\\n").out(co::pipe).spawn();
    while (auto line = co_await lines.out().line()) std::printf("spawn: %s\n", line->c_str());
    const co::exit_status ended = co_await lines.wait();
    std::printf("spawn: the program %s\n", ended.to_string().c_str());

    // output: everything that it wrote, when it has ended; bounded, 64 MiB unless said otherwise.
    co::output_result counted = co_await co::command("wc", "-c").input("twelve bytes").output();
    std::printf("output: %zu bytes, %s\n", counted.out().size(), counted.status().to_string().c_str());

    // exec: the same for a line of shell, with its pipes and redirections.
    co::output_result sorted = co_await co::exec("printf 'c\\nb\\na\\n' | sort | paste -s -d ,");
    std::printf("exec: %s", std::string(sorted.out()).c_str());

    // text: the output as a string; whatever goes wrong is an exception that says what.
    try {
        co_await co::command("sh", "-c", "echo 'out of paper' >&2; exit 7").text();
    } catch (const co::command_failed& e) {
        std::printf("text: %s\n", e.what());
    }
    try {
        co_await co::command("gti", "status").text();
    } catch (const co::spawn_error& e) {
        std::printf("%s\n", e.what());
    }

    co::output_result slow = co_await co::command("sleep", 60).timeout(50ms).output();
    std::printf("timeout: %s, stopped by %s\n", slow.status().to_string().c_str(),
                slow.stopped_by().to_string().c_str());
    co_return 0;
}

int main(int argc, char** argv) { return co::run(app, argc, argv); }
