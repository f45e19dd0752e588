// Windows does not tell when a descriptor has room: co::writable does not compile there.
#include "support/loop_driver.hpp"
#include "support/raw_io.hpp"
#include "support/test.hpp"

#include <cohort/reactor/readable.hpp>

#include <cerrno>
#include <string>
#include <unistd.h>

namespace co = cohort;

TEST_CASE("writable waits for room, and completes where a write would fail") {
    support::loop_driver<> d;
    const support::raw_ends ends = support::raw_pipe();
    co::registration<co::loop> reader(ends.first, co::descriptor_kind::stream);
    co::registration<co::loop> writer(ends.second, co::descriptor_kind::stream);
    const auto waiting = [&]() -> co::task<> { co_await co::writable(writer); };
    {
        support::root<> r(d.exec(), waiting());
        d.settle();
        CHECK(r.done());
    }
    while (support::raw_write(ends.second, std::string(4096, 'x')) > 0) {}
    support::root<> r(d.exec(), waiting());
    d.settle();
    CHECK(!r.done());
    reader.close();
    d.settle();
    CHECK(r.done());
    CHECK(!r.error());
    CHECK(::write(ends.second, "x", 1) == -1);
    CHECK(errno == EPIPE);
}
