// Two processes under load, one of which is killed at a random moment: the other sees an error or a clean end, and nothing is left.
#include "support/child.hpp"
#include "wire/peer.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/process/fork_self.hpp>
#include <cohort/process/parent.hpp>
#include <cohort/process/role.hpp>

#include <algorithm>
#include <chrono>
#include <random>
#include <stdexcept>

using namespace wire;

namespace {

struct job {
    int id;
    std::string text;
    co::handle target;
};

using both_ways = co::channel_to<job, job>;

constexpr bool kernel_carries_handles = co::detail::channel_transport<co::stream>::takes_writes_back;

/// A handle with every third message; who is to be killed does without where the kernel does not carry handles: one that
/// was put into the other process and not yet told of would stay there.
co::task<> produce(both_ways& channel, bool to_be_killed) {
    const bool with_handles = !to_be_killed || kernel_carries_handles;
    for (int i = 0;; ++i) {
        const bool along = with_handles && i % 3 == 0;
        job j{i, std::string(static_cast<std::size_t>(i % 300), 'x'), along ? numbered(i) : co::handle()};
        co_await channel.send(co::give(j));
    }
}

co::task<> consume(both_ways& channel, int& received, bool handles) {
    while (auto j = co_await channel.receive()) {
        if (j->id != received) throw std::logic_error("out of order");
        if (j->id % 3 != 0 && j->target) throw std::logic_error("a handle is with the wrong message");
        if (handles && j->id % 3 == 0 && !j->target) throw std::logic_error("a handle is missing");
        if (j->target && number_in(j->target) != j->id) throw std::logic_error("a wrong handle");
        ++received;
    }
}

co::task<> load(both_ways& channel, int& received, bool to_be_killed) {
    co_await co::scope([&](co::scope_ref scope) -> co::task<> {
        scope.spawn(produce, std::ref(channel), to_be_killed);
        co_await consume(channel, received, to_be_killed || kernel_carries_handles);
        scope.cancel();
    });
}

const support::main_hook hook([](int argc, char** argv) -> int {
    return co::started_as_role() ? co::run_role(argc, argv) : -1;
});

const co::role loaded("loaded", [](co::parent<both_ways> up) -> co::task<> {
    int received = 0;
    co_await load(up, received, true);
});

const co::role doubling("doubling", [](co::parent<both_ways> up) -> co::task<> {
    while (auto j = co_await up.receive()) {
        job answer{j->id, j->text + "!", numbered(number_in(j->target) * 2)};
        co_await up.send(co::give(answer));
    }
});

}  // namespace

TEST_CASE("kill -9 of the peer at random moments under load leaks nothing") {
    std::mt19937 random(4711);
    int ended = 0, failed = 0, most = 0;
    const int rounds = 60 / std::min(6, support::time_factor());
    for (int round = 0; round < rounds; ++round) {
        const std::size_t before = open_count();
        int received = 0;
        std::string what;
        const auto delay = std::chrono::microseconds(random() % 20000);
        const bool patient = round == rounds - 1;  // at least one peer dies when something has come, however slow it is
        run([&]() -> co::task<> {
            auto peer = co_await co::fork_self<both_ways>("loaded");
            const auto both = [&]() -> co::task<> {
                co_await co::scope([&](co::scope_ref scope) -> co::task<> {
                    scope.spawn([&]() -> co::task<> {
                        co_await co::sleep(delay);
                        while (patient && received == 0) co_await co::sleep(std::chrono::milliseconds(1));
                        peer.kill(co::sys::sigkill);
                    });
                    co_await load(peer.channel(), received, false);
                });
            };
            const auto outcome = co_await co::attempt(both());
            if (outcome) {
                ++ended;
            } else {
                ++failed;
                what = co::detail::message_of(outcome.error());
            }
            peer.kill(co::sys::sigkill);  // a channel that failed has stopped who was to do it
            const co::exit_status end = co_await peer.wait();
            CHECK(end.signal() == co::sys::sigkill);
        });
        INFO(what);
        CHECK(open_count() == before);
        most = std::max(most, received);
    }
    CHECK(ended + failed == rounds);
    CHECK(most > 0);
}

TEST_CASE("two processes exchange handles") {
    run([&]() -> co::task<> {
        auto peer = co_await co::fork_self<both_ways>("doubling");
        for (int i = 1; i < 100; ++i) {
            job question{i, "text", numbered(i)};
            co_await peer.channel().send(co::give(question));
            auto answer = co_await peer.channel().receive();
            REQUIRE(answer);
            CHECK(answer->text == "text!");
            CHECK(number_in(answer->target) == 2 * i);
        }
        co_await peer.channel().close();
        const co::exit_status end = co_await peer.wait();
        CHECK(end.code() == 0);
    });
}
