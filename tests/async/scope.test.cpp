#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async.hpp>

#include <memory>
#include <optional>
#include <stdexcept>

using namespace std::chrono_literals;
namespace co = cohort;
using support::drive;

namespace {

co::task<> until_stopped(int& stopped) {
    try {
        co_await co::sleep(1h);
    } catch (const co::cancelled&) {
        ++stopped;
        throw;
    }
}

co::task<> fails_after(std::chrono::milliseconds delay, int code) {
    co_await co::shield(co::sleep(delay));
    throw co::error(code, "test");
}

co::task<> breed(co::scope_ref s, int depth, int& born) {
    ++born;
    co_await co::yield();
    if (depth == 0) co_return;
    s.spawn(breed(s, depth - 1, born));
    s.spawn(breed(s, depth - 1, born));
}

}  // namespace

TEST_CASE("scope: waits for its children", "[async][scope]") {
    support::virtual_driver driver;
    const auto start = driver.clock();
    int done = 0;
    driver.run([&]() -> co::task<> {
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (int i = 1; i <= 3; ++i)
                s.spawn([](int n, int& d) -> co::task<> {
                    co_await co::sleep(1ms * n);
                    ++d;
                }(i, done));
            CHECK(s.running() == 3);
            co_await co::yield();
            CHECK(done == 0);
        });
        CHECK(done == 3);
    });
    CHECK(driver.clock() - start == 3'000'000);
}

TEST_CASE("scope: gives the value of its body", "[async][scope]") {
    drive([]() -> co::task<> {
        auto box = co_await co::scope([](co::scope_ref s) -> co::task<std::unique_ptr<int>> {
            s.spawn([]() -> co::task<int> { co_return 1; }());  // its value is dropped
            co_return std::make_unique<int>(5);
        });
        CHECK(*box == 5);
        co_await co::scope([](co::scope_ref) -> co::task<> { co_return; });
    });
}

TEST_CASE("scope: a child's failure stops siblings and body, the others' are attached", "[async][scope]") {
    drive([]() -> co::task<> {
        int stopped = 0;
        auto r = co_await co::attempt(co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn(until_stopped(stopped));
            s.spawn(fails_after(2ms, 2));
            s.spawn(fails_after(1ms, 1));
            s.spawn(until_stopped(stopped));
            co_await until_stopped(stopped);
        }));
        CHECK(stopped == 3);
        CHECK(r.code().value() == 1);
        try {
            r.value();
        } catch (const co::error& e) {
            REQUIRE(e.others().size() == 1);
            CHECK(co::detail::code_of(e.others()[0]).value() == 2);
        }
    });
}

TEST_CASE("scope: a failure of the body stops the children and is thrown", "[async][scope]") {
    drive([]() -> co::task<> {
        int stopped = 0;
        auto r = co_await co::attempt(co::scope([&](co::scope_ref s) -> co::task<int> {
            s.spawn(until_stopped(stopped));
            co_await co::yield();
            throw std::runtime_error("body");
        }));
        CHECK(stopped == 1);
        CHECK(r.message() == "body");
        auto early = co_await co::attempt(co::scope([](co::scope_ref) -> co::task<> { throw std::logic_error("at once"); co_return; }));
        CHECK(early.message() == "at once");
    });
}

TEST_CASE("scope: cancel() stops body and children and is no failure", "[async][scope]") {
    drive([]() -> co::task<> {
        int stopped = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn(until_stopped(stopped));
            co_await co::sleep(1ms);
            s.cancel();
            s.cancel();
            CHECK(s.token().stop_requested());
        });
        CHECK(stopped == 1);
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn([](co::scope_ref t) -> co::task<> {
                co_await co::sleep(1ms);
                t.cancel();
            }(s));
            co_await until_stopped(stopped);
        });
        CHECK(stopped == 2);
        // A body that was to give a value and was cancelled has none to give.
        auto r = co_await co::attempt(co::scope([&](co::scope_ref s) -> co::task<int> {
            s.cancel();
            co_await until_stopped(stopped);
            co_return 1;
        }));
        CHECK(r.cancelled());
    });
}

TEST_CASE("scope: a stop from outside reaches all and surfaces as cancelled", "[async][scope]") {
    support::virtual_driver driver;
    int stopped = 0;
    SECTION("while only children run") {
        const auto body = [&]() -> co::task<> {
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn(until_stopped(stopped));
                s.spawn(until_stopped(stopped));
                co_return;
            });
        };
        support::root<> r(driver.exec(), body());
        driver.settle();
        r.stop();
        driver.settle();
        CHECK(r.was_cancelled());
        CHECK(stopped == 2);
    }
    SECTION("while all have ended but one that shields itself") {
        bool finished = false;
        const auto body = [&]() -> co::task<> {
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn([](bool& f) -> co::task<> {
                    co_await co::shield(co::sleep(1s));
                    f = true;
                }(finished));
                co_return;
            });
        };
        support::root<> r(driver.exec(), body());
        driver.settle();
        r.stop();
        driver.settle();
        CHECK(!r.done());
        driver.finish(r);
        CHECK(finished);
        CHECK(!r.error());  // nothing of it was cancelled
    }
    SECTION("a failure that comes of it is not hidden by the cancellation") {
        const auto body = [&]() -> co::task<> {
            co_await co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn(until_stopped(stopped));
                s.spawn(fails_after(1ms, 5));
                co_return;
            });
        };
        support::root<> r(driver.exec(), body());
        driver.settle();
        r.stop();
        driver.finish(r);
        CHECK(co::detail::code_of(r.error()).value() == 5);
    }
}

TEST_CASE("scope: keeps callables, captures and arguments alive", "[async][scope]") {
    drive([]() -> co::task<> {
        std::string got;
        int counter = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            {
                const std::string owned = "a string that is too long to be stored in place";
                s.spawn([owned, &got]() -> co::task<> {
                    co_await co::yield();
                    got += owned;
                });
                s.spawn([](std::string text, std::unique_ptr<int> box, int& count) -> co::task<> {
                    co_await co::sleep(1ms);
                    count += *box + int(text.size());
                }, owned, std::make_unique<int>(100), std::ref(counter));
            }
            s.spawn(until_stopped, std::ref(counter));
            co_await co::sleep(2ms);
            s.cancel();
        });
        CHECK(got == "a string that is too long to be stored in place");
        CHECK(counter == 100 + 47 + 1);
    });
}

TEST_CASE("scope: children spawn siblings, and a late one starts in a stopped scope", "[async][scope]") {
    drive([]() -> co::task<> {
        int born = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.spawn(breed(s, 9, born));
            co_return;
        });
        CHECK(born == 1023);
        int stopped = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            s.cancel();
            s.spawn(until_stopped(stopped));
            co_return;
        });
        CHECK(stopped == 1);
    });
}

TEST_CASE("scope: waits for a child that is spawned from outside between the last child's end and its own", "[async][scope]") {
    drive([]() -> co::task<> {
        int done = 0;
        bool ended = false;
        std::optional<co::scope_ref> inner;
        co::event last;
        const auto late = [](int& count) -> co::task<> {
            co_await co::yield();
            ++count;
        };
        co_await co::scope([&](co::scope_ref outer) -> co::task<> {
            outer.spawn([&]() -> co::task<> {
                co_await co::scope([&](co::scope_ref s) -> co::task<> {
                    inner = s;
                    s.spawn([&]() -> co::task<> { co_await last.wait(); });
                    co_return;
                });
                ended = true;
                CHECK(done == 1);
            });
            outer.spawn([&]() -> co::task<> {
                co_await co::yield();
                last.set();
                co_await co::yield();  // the child has ended when this goes on
                REQUIRE(!ended);
                CHECK(inner->running() == 0);
                inner->spawn(late(done));
            });
            co_return;
        });
        CHECK(ended);
    });
}

TEST_CASE("scope: scopes nest; an inner failure is the outer one's", "[async][scope]") {
    drive([]() -> co::task<> {
        int stopped = 0;
        auto r = co_await co::attempt(co::scope([&](co::scope_ref outer) -> co::task<> {
            outer.spawn(until_stopped(stopped));
            co_await co::scope([&](co::scope_ref inner) -> co::task<> {
                inner.spawn(until_stopped(stopped));
                inner.spawn(fails_after(1ms, 9));
                co_return;
            });
        }));
        CHECK(r.code().value() == 9);
        CHECK(stopped == 2);
        auto contained = co_await co::scope([&](co::scope_ref outer) -> co::task<int> {
            auto inner = co_await co::attempt(co::scope([&](co::scope_ref s) -> co::task<> {
                s.spawn(fails_after(1ms, 8));
                co_return;
            }));
            CHECK(!outer.token().stop_requested());
            co_return inner.code().value();
        });
        CHECK(contained == 8);
    });
}

TEST_CASE("scope: 10,000 children", "[async][scope]") {
    drive([]() -> co::task<> {
        int ended = 0;
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            for (int i = 0; i < 10'000; ++i)
                s.spawn([](int delay, int& e) -> co::task<> {
                    co_await co::sleep(std::chrono::microseconds(delay));
                    ++e;
                }((i * 7919) % 1000, ended));
            co_return;
        });
        CHECK(ended == 10'000);
    });
}
