// A spawn and a typed channel: a worker is started, asked in JSON and answers. With OUTPUT a captured command besides.
#include <cohort.hpp>
#include <cstdio>
namespace co = cohort;
struct question { int id; std::string text; };
struct answer { int id; std::string text; };
using line = co::channel_to<question, answer>;
static co::role worker("worker", [](co::parent<line> up) -> co::task<int> {
    while (auto q = co_await up.receive()) {
        answer a{q->id, q->text + "!"};
        co_await up.send(a);
    }
    co_return 0;
});
static co::task<int> app(co::args) {
#ifdef OUTPUT
    auto made = co_await co::command("echo", "hello").output();
    std::string text(made.out());
#else
    std::string text("hello");
#endif
    auto child = co_await co::fork_self<line>("worker");
    question q{1, text};
    co_await child.channel().send(q);
    auto a = co_await child.channel().receive();
    std::puts(a->text.c_str());
    co_return 0;
}
int main(int argc, char** argv) { return co::run(app, argc, argv); }
