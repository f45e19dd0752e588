#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async/queue.hpp>

#include <memory>

namespace co = cohort;

namespace {

co::task<> push_all(co::queue<int>& q, int from, int to) {
    for (int i = from; i < to; ++i) {
        const bool accepted = co_await q.push(i);
        CHECK(accepted);
    }
}

co::task<> pop_all(co::queue<int>& q, std::vector<int>& got) {
    while (auto x = co_await q.pop()) got.push_back(*x);
}

}  // namespace

TEST_CASE("queue: keeps the order at every capacity", "[async][queue]") {
    for (const std::size_t capacity : {0u, 1u, 2u, 3u, 8u, 100u}) {
        support::virtual_driver driver;
        co::queue<int> q(capacity);
        std::vector<int> got;
        support::root<> consumer(driver.exec(), pop_all(q, got));
        support::root<> producer(driver.exec(), push_all(q, 0, 50));
        driver.settle();
        CHECK(producer.done());
        q.close();
        driver.settle();
        CHECK(consumer.done());
        REQUIRE(got.size() == 50);
        for (int i = 0; i < 50; ++i) CHECK(got[std::size_t(i)] == i);
    }
}

TEST_CASE("queue: never holds more than its capacity", "[async][queue]") {
    support::virtual_driver driver;
    co::queue<int> q(3);
    support::root<> producer(driver.exec(), push_all(q, 0, 20));
    driver.settle();
    CHECK(q.size() == 3);
    CHECK(!producer.done());
    CHECK(!q.try_push(99));
    for (int i = 0; i < 20; ++i) {
        CHECK(q.try_pop() == i);
        driver.settle();
        CHECK(q.size() == std::size_t(19 - i < 3 ? 19 - i : 3));
    }
    CHECK(producer.done());
    CHECK(!q.try_pop());
    CHECK(q.empty());
}

TEST_CASE("queue: close drains, then ends", "[async][queue]") {
    support::virtual_driver driver;
    co::queue<int> q(2);
    CHECK(q.try_push(1));
    CHECK(q.try_push(2));
    bool refused = false;
    support::root<> producer(driver.exec(), [](co::queue<int>& mine, bool& no) -> co::task<> {
        const bool accepted = co_await mine.push(3);
        no = !accepted;
    }(q, refused));
    driver.settle();
    q.close();
    q.close();
    CHECK(q.is_closed());
    driver.settle();
    CHECK(refused);
    CHECK(!q.try_push(4));
    std::vector<int> got;
    driver.run(pop_all(q, got));
    CHECK(got == std::vector<int>{1, 2});
    CHECK(!driver.run([&]() -> co::task<bool> { co_return co_await q.push(5); }));
}

TEST_CASE("queue: close ends those who wait for a value", "[async][queue]") {
    support::virtual_driver driver;
    co::queue<int> q(2);
    std::vector<int> got;
    support::root<> a(driver.exec(), pop_all(q, got));
    support::root<> b(driver.exec(), pop_all(q, got));
    driver.settle();
    q.close();
    driver.settle();
    CHECK(a.done());
    CHECK(b.done());
    CHECK(got.empty());
}

TEST_CASE("queue: a value that was not accepted stays with its owner", "[async][queue]") {
    support::virtual_driver driver;
    co::queue<std::unique_ptr<int>> q(1);
    CHECK(q.try_push(std::make_unique<int>(1)));
    auto mine = std::make_unique<int>(2);
    CHECK(!q.try_push(std::move(mine)));
    REQUIRE(mine);

    const auto pushing = [](auto& into, std::unique_ptr<int>& value) -> co::task<bool> {
        co_return co_await into.push(std::move(value));
    };
    {
        support::root<bool> r(driver.exec(), pushing(q, mine));
        driver.settle();
        REQUIRE(mine);
        r.stop();
        driver.settle();
        CHECK(r.was_cancelled());
        REQUIRE(mine);
    }
    {
        support::root<bool> r(driver.exec(), pushing(q, mine));
        driver.settle();
        CHECK(**q.try_pop() == 1);
        CHECK(!mine);
        driver.settle();
        CHECK(r.take());
        CHECK(**q.try_pop() == 2);
    }
    q.close();
    auto late = std::make_unique<int>(3);
    CHECK(!driver.run(pushing(q, late)));
    CHECK(late);
}

TEST_CASE("queue: destroys what is left in it", "[async][queue]") {
    auto shared = std::make_shared<int>(0);
    {
        co::queue<std::shared_ptr<int>> q(100);
        for (int round = 0; round < 5; ++round) {
            for (int i = 0; i < 20; ++i) CHECK(q.try_push(shared));
            for (int i = 0; i < 15; ++i) CHECK(q.try_pop());
        }
        CHECK(q.size() == 25);
        CHECK(shared.use_count() == 26);
    }
    CHECK(shared.use_count() == 1);
}
