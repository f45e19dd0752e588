// What is given to run and role has one of a few shapes, and who gives another is told which.
// Error: the function given to cohort::run takes cohort::args, or nothing
// Error: the function given to cohort::run or cohort::role is a coroutine: it returns cohort::task<int> or cohort::task<>
// Error: the function given to cohort::role takes cohort::parent<Channel>, and cohort::args after it if it likes
#include <cohort/process.hpp>

struct message { int number; };
using line = cohort::channel_to<message, message>;

cohort::role no_coroutine("no coroutine", [](cohort::parent<line>) { return 0; });
cohort::role no_parent("no parent", [](line) -> cohort::task<int> { co_return 0; });
cohort::task<int> app(int, char**) { co_return 0; }

int main(int argc, char** argv) { return cohort::run(app, argc, argv); }
