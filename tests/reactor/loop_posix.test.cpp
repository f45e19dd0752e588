// What POSIX does to a program that has a loop: SIGPIPE for a write that nobody reads, calls that a signal interrupts.
#include "backends.hpp"

#include <cohort/async/scope.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/sys/fault.hpp>

#include <cerrno>
#include <csignal>
#include <pthread.h>
#include <string_view>

using namespace std::chrono_literals;

TEMPLATE_TEST_CASE("a write to a pipe without a reader raises no SIGPIPE, and the mask is put back", "", BACKENDS) {
    sigset_t before, after, pending;
    REQUIRE(::pthread_sigmask(SIG_SETMASK, nullptr, &before) == 0);
    REQUIRE(sigismember(&before, SIGPIPE) == 0);
    {
        TestType loop;
        auto p = pipe_ends<TestType>();
        p.first.close();
        const auto main = [&]() -> co::task<> {
            int code = 0;
            try {
                static_cast<void>(co_await p.second.write("x", 1));
            } catch (const std::system_error& e) {
                code = e.code().value();
            }
            CHECK(code == EPIPE);
        };
        loop.run(main());
    }
    REQUIRE(::pthread_sigmask(SIG_SETMASK, nullptr, &after) == 0);
    CHECK(sigismember(&after, SIGPIPE) == 0);
    REQUIRE(::sigpending(&pending) == 0);
    CHECK(sigismember(&pending, SIGPIPE) == 0);
}

TEST_CASE("SIGPIPE that was blocked before stays blocked") {
    sigset_t pipe_only, before, after;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    co::loop().run([]() -> co::task<> { co_return; }());
    ::pthread_sigmask(SIG_SETMASK, &before, &after);
    CHECK(sigismember(&after, SIGPIPE) == 1);
}

#if defined(COHORT_FAULTS)
TEMPLATE_TEST_CASE("a wait that a signal interrupts goes on", "", BACKENDS) {
    TestType loop;
    co::sys::fault::scope plan;
    const std::string_view backend = TestType::backend_type::name;
    const auto which = backend == "epoll"    ? co::sys::call::epoll_wait
                       : backend == "kqueue" ? co::sys::call::kqueue_wait
                                             : co::sys::call::poll;
    co::sys::fault::every(which, 2, EINTR);
    auto p = pipe_ends<TestType>();
    const auto main = [&]() -> co::task<> {
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([](endpoint<TestType>& from) -> co::task<> {
                const std::string got = co_await from.text(10);
                CHECK(got == "late");
            }, std::ref(p.first));
            for (int i = 0; i < 10; ++i) co_await co::sleep(1ms);
            p.second.put("late");
        });
    };
    loop.run(main());
    CHECK(co::sys::fault::injected(which) > 3);
}
#endif
