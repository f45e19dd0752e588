// A coroutine program with standard headers alone: what any other is compared with.
#include <coroutine>
#include <optional>
#include <string>
#include <vector>
struct job {
    struct promise_type {
        job get_return_object() { return job(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() {}
    };
    explicit job(std::coroutine_handle<promise_type> h) : handle(h) {}
    std::coroutine_handle<promise_type> handle;
};
static job greet(std::vector<std::string>& out, std::optional<int> times) {
    for (int i = 0; i < times.value_or(3); i++) {
        out.push_back("hello");
        co_await std::suspend_always{};
    }
}
int main() {
    std::vector<std::string> out;
    job j = greet(out, 2);
    while (!j.handle.done()) j.handle.resume();
    j.handle.destroy();
    return out.size() == 2 ? 0 : 1;
}
