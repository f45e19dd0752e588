#include "backends.hpp"

#include <cohort/reactor/spin.hpp>

using namespace std::chrono_literals;

TEST_CASE("spinning needs two CPUs and a budget") {
    co::detail::spin_policy policy;
    CHECK(policy.budget() == 0);
    policy.configure(1000, 1);
    CHECK(policy.budget() == 0);
    policy.configure(0, 8);
    CHECK(policy.budget() == 0);
    policy.configure(1000, 2);
    CHECK(policy.budget() == 1000);
}

TEST_CASE("a spin in vain costs the next ones, one that pays restores them") {
    co::detail::spin_policy policy;
    policy.configure(1000, 2);
    const auto skipped = [&] {
        int n = 0;
        while (policy.budget() == 0) ++n;
        return n;
    };
    CHECK(skipped() == 0);
    for (int expected = 1; expected <= 1024; expected *= 2) {
        policy.missed();
        CHECK(skipped() == expected);
    }
    policy.missed();
    CHECK(skipped() == 1024);  // and no more than that
    policy.found();
    policy.missed();
    CHECK(skipped() == 1);
    for (int i = 0; i < 10; ++i) {
        policy.found();
        CHECK(policy.budget() == 1000);
    }
}

TEMPLATE_TEST_CASE("a spinning loop sees descriptors, timers and calls from other threads", "", BACKENDS) {
    TestType loop(co::loop_options().spin(200us));
    auto p = pipe_ends<TestType>();
    const auto main = [&]() -> co::task<> {
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([](endpoint<TestType>& from) -> co::task<> {
                for (int i = 0; i < 20; ++i) {
                    const std::string got = co_await from.text(10);
                    CHECK(got == "x");
                }
            }, std::ref(p.first));
            for (int i = 0; i < 20; ++i) {
                co_await co::sleep(std::chrono::microseconds(i * 50));
                p.second.put("x");
                co_await co::yield();
                co_await co::yield();
                co_await co::sleep(1ms);
            }
        });
    };
    loop.run(main());
}
