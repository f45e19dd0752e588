#include <cohort/sys/fault.hpp>
#include <cohort/sys/io.hpp>
#include <cohort/sys/poll.hpp>

#include "support/test.hpp"
#include "sys/interrupt.hpp"

#include <chrono>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

TEST_CASE("poll finds what is ready") {
    const sys::pipe_pair p = *sys::pipe();
    sys::poll_entry entries[2] = {{p.read, sys::poll_in, 0}, {p.write, sys::poll_out, 0}};
    CHECK(*sys::poll(entries, 2, -1) == 1);
    CHECK(entries[0].revents == 0);
    CHECK(entries[1].revents == sys::poll_out);
    CHECK(sys::write(p.write, "x", 1));
    CHECK(*sys::poll(entries, 2, 0) == 2);
    CHECK(entries[0].revents == sys::poll_in);
    (void)sys::close(p.read);
    CHECK(*sys::poll(entries + 1, 1, -1) == 1);
    CHECK((entries[1].revents & sys::poll_error) != 0);
    (void)sys::close(p.write);
    CHECK(*sys::poll(entries + 1, 1, 0) == 1);
    CHECK(entries[1].revents == sys::poll_invalid);
}

TEST_CASE("poll sees the writer go and keeps its time") {
    const sys::pipe_pair p = *sys::pipe();
    sys::poll_entry entry{p.read, sys::poll_in, 0};
    const auto start = std::chrono::steady_clock::now();
    CHECK(*sys::poll(&entry, 1, 2'500'000) == 0);
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::microseconds(2500));
    CHECK(*sys::poll(&entry, 1, 0) == 0);
    (void)sys::close(p.write);
    CHECK(*sys::poll(&entry, 1, -1) == 1);
    CHECK((entry.revents & sys::poll_hup) != 0);
    (void)sys::close(p.read);
}

TEST_CASE("poll reports a signal") {
    support::interruptions interrupting;
    sys::outcome<int> found = 0;
    {
        support::interrupted_thread waiting([&] { found = sys::poll(nullptr, 0, -1); });
        waiting.interrupt();
    }
    CHECK(found.error() == EINTR);
    fault::scope plan;
    fault::fail(sys::call::poll, 1, EINTR);
    CHECK(sys::poll(nullptr, 0, 0).error() == EINTR);
    CHECK(fault::count(sys::call::poll) == 1);
}
