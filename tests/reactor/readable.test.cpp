#include "support/cancellation.hpp"
#include "support/loop_driver.hpp"
#include "support/raw_io.hpp"
#include "support/test.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/reactor/readable.hpp>

namespace co = cohort;

namespace {

/// Bytes in a pipe, which the test reads itself.
struct counter {
    counter() {
        const support::raw_ends ends = support::raw_pipe();
        fd = co::registration<co::loop>(ends.first, co::descriptor_kind::stream);
        writer = co::registration<co::loop>(ends.second, co::descriptor_kind::stream);
    }
    void add() {
        REQUIRE(support::raw_write(writer.native(), "x") == 1);
        ++count;
    }
    void take() {
        REQUIRE(support::raw_read(fd.native(), 1) == "x");
        --count;
    }

    co::registration<co::loop> fd;
    co::registration<co::loop> writer;
    std::size_t count = 0;
};

/// What the wait ended with: nothing, or the error's text.
co::task<std::string> readable_outcome(co::registration<co::loop>& fd) {
    auto outcome = co_await co::attempt(co::readable(fd));
    co_return outcome.message();
}

}  // namespace

TEST_CASE("readiness alone, and what is done with it") {
    support::cancellation_traits traits;
    traits.synchronous = false;
    traits.shared = false;
    support::check_cancellation<counter, support::loop_driver<>>(
        "readable",
        [](counter& c) -> co::task<> {
            co_await co::readable(c.fd);
            c.take();
        },
        [](counter& c) { c.add(); }, [](counter& c) { return c.count; }, traits);
}

TEST_CASE("readiness of a descriptor that is closed meanwhile, or cannot be waited for") {
    support::loop_driver<> d;
    counter c;
    support::root<std::string> r(d.exec(), readable_outcome(c.fd));
    d.settle();
    c.fd.close();
    d.settle();
    REQUIRE(r.done());
    CHECK(r.take() == "readable: Operation canceled");
    CHECK(d.run(readable_outcome(c.fd)) == "readable: Bad file descriptor");
}
