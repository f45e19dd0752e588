// A program of somebody who has installed the library, or has it as a subproject.
#include <cohort.hpp>

#include <cstdio>

namespace co = cohort;

co::task<int> app(co::args) {
    int sum = co_await []() -> co::task<int> { co_return 42; }();
    std::printf("consumer: %d\n", sum);
    co_return 0;
}

int main(int argc, char** argv) { return co::run(app, argc, argv); }
