// The body of a scope and what it spawns are coroutines, and arguments are copied: who gives something else is told so.
// Error: the function given to scope is a coroutine
// Error: the function given to spawn is a coroutine and can be called with copies of the arguments
#include <cohort/async.hpp>

cohort::task<> count(int& number) {
    ++number;
    co_return;
}

cohort::task<> plain_body() {
    int number = 0;
    co_await cohort::scope([&](cohort::scope_ref s) { s.spawn(count(number)); });
}

cohort::task<> reference_without_ref() {
    int number = 0;
    co_await cohort::scope([&](cohort::scope_ref s) -> cohort::task<> {
        s.spawn(count, number);
        co_return;
    });
}
