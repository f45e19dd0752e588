// Two processes under load, one of which is killed at a random moment: the other sees an error or a clean end, and nothing is left.
#include "wire/peer.hpp"

#include <chrono>
#include <random>

#include <sys/wait.h>

using namespace wire;

namespace {

struct job {
    int id;
    std::string text;
    co::handle target;
};

using both_ways = co::channel_to<job, job>;

co::task<> produce(both_ways& channel) {
    for (int i = 0;; ++i) {
        job j{i, std::string(static_cast<std::size_t>(i % 300), 'x'), i % 3 == 0 ? numbered(i) : co::handle()};
        co_await channel.send(co::give(j));
    }
}

co::task<> consume(both_ways& channel, int& received) {
    while (auto j = co_await channel.receive()) {
        if (j->id != received) throw std::logic_error("out of order");
        if ((j->id % 3 == 0) != static_cast<bool>(j->target)) throw std::logic_error("a handle is missing");
        if (j->target && number_in(j->target) != j->id) throw std::logic_error("a wrong handle");
        ++received;
    }
}

co::task<> load(co::stream s, int& received) {
    both_ways channel(std::move(s));
    co_await co::scope([&](co::scope_ref scope) -> co::task<> {
        scope.spawn(produce, std::ref(channel));
        co_await consume(channel, received);
        scope.cancel();
    });
}

}  // namespace

TEST_CASE("kill -9 of the peer at random moments under load leaks nothing") {
    std::mt19937 random(4711);
    int ended = 0, failed = 0, most = 0;
    const int rounds = 60 / std::min(6, support::time_factor());
    for (int round = 0; round < rounds; ++round) {
        const std::size_t before = open_count();
        co::stream_pair both = co::unix_pair();
        const pid_t pid = fork();
        REQUIRE(pid >= 0);
        if (pid == 0) {
            both.first().close();
            int received = 0;
            try {
                run(load(std::move(both.second()), received));
            } catch (...) {
            }
            _exit(0);
        }
        both.second().close();
        int received = 0;
        std::string what;
        const auto delay = std::chrono::microseconds(random() % 20000);
        const bool patient = round == rounds - 1;  // at least one peer dies when something has come, however slow it is
        try {
            co::loop loop;
            loop.run([](co::stream s, int& count, pid_t victim, std::chrono::microseconds wait,
                        bool wait_more) -> co::task<> {
                co_await co::scope([&](co::scope_ref scope) -> co::task<> {
                    scope.spawn([=, &count]() -> co::task<> {
                        co_await co::sleep(wait);
                        while (wait_more && count == 0) co_await co::sleep(std::chrono::milliseconds(1));
                        ::kill(victim, SIGKILL);
                    });
                    co_await load(std::move(s), count);
                });
            }(std::move(both.first()), received, pid, delay, patient));
            ++ended;
        } catch (const co::error& e) {
            what = e.what();
            ++failed;
        }
        int status = 0;
        REQUIRE(waitpid(pid, &status, 0) == pid);
        CHECK(WIFSIGNALED(status));
        INFO(what);
        CHECK(open_count() == before);
        most = std::max(most, received);
    }
    CHECK(ended + failed == rounds);
    CHECK(most > 0);
}

TEST_CASE("two processes exchange handles and see each other's credentials") {
    co::stream_pair both = co::unix_pair();
    const pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        both.first().close();
        int code = 1;
        run([&]() -> co::task<> {
            both_ways channel(std::move(both.second()));
            while (auto j = co_await channel.receive()) {
                job answer{j->id, j->text + "!", numbered(number_in(j->target) * 2)};
                co_await channel.send(co::give(answer));
            }
            code = 0;
        });
        _exit(code);
    }
    both.second().close();
    run([&]() -> co::task<> {
        both_ways channel(std::move(both.first()));
        for (int i = 1; i < 100; ++i) {
            job question{i, "text", numbered(i)};
            co_await channel.send(co::give(question));
            auto answer = co_await channel.receive();
            REQUIRE(answer);
            CHECK(answer->text == "text!");
            CHECK(number_in(answer->target) == 2 * i);
        }
        co_await channel.close();
    });
    int status = 0;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
