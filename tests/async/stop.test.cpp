#include "support/test.hpp"

#include <cohort/async/stop.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace co = cohort;

namespace {

template <class F>
auto on_stop(co::stop_token token, F f) {
    return std::make_unique<co::stop_callback<F>>(token, f);
}

}  // namespace

TEST_CASE("stop: callbacks are called once, in order", "[async][stop]") {
    co::stop_source source;
    std::string order;
    auto a = on_stop(source.token(), [&] { order += 'a'; });
    auto b = on_stop(source.token(), [&] { order += 'b'; });
    auto c = on_stop(source.token(), [&] { order += 'c'; });
    b.reset();
    CHECK(!source.token().stop_requested());
    CHECK(source.request_stop());
    CHECK(!source.request_stop());
    CHECK(order == "ac");
    CHECK(source.token().stop_requested());
    auto late = on_stop(source.token(), [&] { order += 'l'; });
    CHECK(order == "acl");
}

TEST_CASE("stop: a default token never stops", "[async][stop]") {
    co::stop_token none;
    CHECK(!none.stop_possible());
    CHECK(!none.stop_requested());
    bool called = false;
    { auto cb = on_stop(none, [&] { called = true; }); }
    CHECK(!called);
}

TEST_CASE("stop: chains pass the request down, not up", "[async][stop]") {
    co::stop_source top;
    co::stop_source middle(top.token());
    co::stop_source bottom(middle.token());
    co::stop_source sibling(top.token());
    int calls = 0;
    auto cb = on_stop(bottom.token(), [&] { ++calls; });
    SECTION("from the top") {
        top.request_stop();
        CHECK(calls == 1);
        CHECK(sibling.stop_requested());
        co::stop_source late(bottom.token());
        CHECK(late.stop_requested());
    }
    SECTION("from the middle") {
        middle.request_stop();
        CHECK(calls == 1);
        CHECK(!top.stop_requested());
        CHECK(!sibling.stop_requested());
        top.request_stop();
        CHECK(calls == 1);
        CHECK(sibling.stop_requested());
    }
    SECTION("a chain of 1000") {
        std::vector<std::unique_ptr<co::stop_source>> chain;
        chain.push_back(std::make_unique<co::stop_source>());
        while (chain.size() < 1000) chain.push_back(std::make_unique<co::stop_source>(chain.back()->token()));
        chain.front()->request_stop();
        CHECK(chain.back()->stop_requested());
    }
}

TEST_CASE("stop: callbacks may unlink themselves, each other, and register new ones", "[async][stop]") {
    co::stop_source source;
    std::string order;
    std::unique_ptr<co::stop_callback<std::function<void()>>> a, b, c, d;
    const auto make = [&](std::function<void()> f) {
        return std::make_unique<co::stop_callback<std::function<void()>>>(source.token(), std::move(f));
    };
    a = make([&] {
        order += 'a';
        b.reset();
        d = make([&] { order += 'd'; });  // too late to be registered: called at once
    });
    b = make([&] { order += 'b'; });
    c = make([&] {
        order += 'c';
        source.request_stop();
    });
    source.request_stop();
    CHECK(order == "adc");
}

TEST_CASE("stop: a source may end before those who registered", "[async][stop]") {
    auto source = std::make_unique<co::stop_source>();
    bool called = false;
    auto cb = on_stop(source->token(), [&] { called = true; });
    co::stop_source child(source->token());
    source.reset();
    cb.reset();
    CHECK(!called);
    CHECK(!child.stop_requested());
}

TEST_CASE("stop: a callback may destroy the source's child in the middle of the notification", "[async][stop]") {
    co::stop_source source;
    auto child = std::make_unique<co::stop_source>();
    auto first = on_stop(source.token(), [&] { child.reset(); });
    child->chain(source.token());
    bool last_called = false;
    auto last = on_stop(source.token(), [&] { last_called = true; });
    source.request_stop();
    CHECK(!child);
    CHECK(last_called);
}
