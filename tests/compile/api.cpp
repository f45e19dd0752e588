// The shapes of the public vocabulary, as programs write them: they compile on every compiler, without warnings, and run.
#include <cohort.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>

using namespace std::chrono_literals;
namespace co = cohort;

namespace {

int failures = 0;
void check(bool held, const char* what) {
    if (held) return;
    std::fprintf(stderr, "FAILED: %s\n", what);
    ++failures;
}

struct render { int id; std::string path; co::file target; };  // the descriptor travels with the message
struct done   { int id; double seconds; };
using line = co::channel_to<render, done>;

co::role renderer("renderer", [](co::parent<line> up) -> co::task<int> {
    while (auto job = co_await up.receive()) {
        const std::string text = "rendered " + job->path;
        co_await co::write_all(job->target, std::as_bytes(std::span(text)));
        done d{job->id, 0.5};
        co_await up.send(d);
    }
    co_return 0;
});

co::task<> processes() {
    auto head = co_await co::command("echo", "one", 2).cwd("/").timeout(5s).text();
    check(head == "one 2", "text");

    std::string source(200'000, 'x');
    auto made = co_await co::command("cat", "-").env("LC_ALL", "C").input(source)
                    .capture_limit(100'000, co::keep_tail).on_stop(co::ladder(SIGTERM, 3s).then_kill()).output();
    check(made.status().code() == 0 && made.out().size() == 100'000 && made.truncated(), "capture");
    check(made.err().empty() && !made.stopped_by() && made.duration() > 0s, "capture");

    co::child server = co_await co::command("printf", "a\\nb\\n").out(co::pipe).spawn();
    int lines = 0;
    while (auto text = co_await server.out().line()) lines += static_cast<int>(text->size());
    co::exit_status st = co_await server.wait();
    check(lines == 2 && st.ok(), "lines of a child");

    auto du = co_await co::exec("printf '3\\n1\\n2\\n' | sort | head -n 1");
    check(du.out() == "1\n", "exec");
    auto missing = co_await co::attempt(co::command("/no/such/program").spawn());
    check(!missing && missing.code() == std::errc::no_such_file_or_directory, "a program that is not there");
}

co::task<> messages() {
    co::worker_process w = co_await co::fork_self<line>("renderer");
    auto pipe = co::make_pipe();
    render job{1, "scene", co::file(pipe.writer().release())};
    co_await w.channel().send(co::give(job));
    auto m = co_await co::timeout(10s, w.channel().receive());
    check(m && m->id == 1, "a message with a file");
    char text[64] = {};
    const std::size_t n = co_await co::read_exactly(pipe.reader(), std::as_writable_bytes(std::span(text, 14)));
    check(std::string_view(text, n) == "rendered scene", "the file that went along");
    render other{2, "other", co::file::open("/dev/null", co::file::mode::write)};
    const bool room = w.channel().post(std::move(other));
    check(room, "post");
    co_await w.channel().shutdown_write();
    int answers = 0;
    while (auto a = co_await w.channel().receive()) answers += a->id;
    check(answers == 2, "answers until the other side has closed");
    co::exit_status st = co_await w.wait();
    check(st.ok(), "the worker's end");
}

co::task<int> f() { co_return 1; }
co::task<std::string> g() { co_return "two"; }
co::task<> watch(std::string path, int& seen) {
    seen += static_cast<int>(path.size());
    co_return;
}

co::task<> concurrency() {
    int seen = 0;
    co_await co::scope([&](co::scope_ref s) -> co::task<> {
        s.spawn(watch("abc", seen));
        s.spawn(watch, std::string("de"), std::ref(seen));
        s.spawn([] { return co::task<>([]() -> co::task<> { co_await co::sleep(1h); }()); });
        co_await co::sleep(1ms);
        s.cancel();
    });
    check(seen == 5, "scope");
    auto both = co_await co::when_all(f(), g());
    check(both.get<0>() == 1 && both.get<1>() == "two", "when_all");
    auto first = co_await co::when_any(f(), co::sleep(1h));
    check(first.index() == 0 && first.get<0>() == 1, "when_any");
    co::queue<int> numbers(4);
    if (auto none = co_await co::timeout(1ms, numbers.pop())) check(false, "timeout");
    auto r = co_await co::attempt(f());
    check(r && *r == 1, "attempt");
}

co::task<int> app(co::args argv) {
    check(argv.size() == 0 && !argv.program().empty(), "args");
    co_await processes();
    co_await messages();
    co_await concurrency();
    co_return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return co::run(app, argc, argv); }
