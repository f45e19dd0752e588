#include <cohort/sys/fault.hpp>
#include <cohort/sys/io.hpp>
#include <cohort/sys/linux/epoll.hpp>
#include <cohort/sys/linux/eventfd.hpp>

#include "support/test.hpp"
#include "sys/interrupt.hpp"

#include <chrono>

#include <unistd.h>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

namespace {
struct fixture {
    int ep = *sys::epoll_create();
    int event = *sys::make_eventfd();
    ~fixture() {
        (void)sys::close(ep);
        (void)sys::close(event);
    }
};
}  // namespace

TEST_CASE("epoll reports what was registered, with its number") {
    fixture f;
    CHECK(*sys::is_close_on_exec(f.ep));
    CHECK(sys::epoll_control(f.ep, sys::epoll_add, f.event, sys::epoll_in | sys::epoll_edge, 0x123456789ABCu));
    CHECK(sys::epoll_control(f.ep, sys::epoll_add, f.event, sys::epoll_in).error() == EEXIST);
    sys::epoll_event events[4];
    CHECK(*sys::epoll_wait(f.ep, events, 4, 0) == 0);
    CHECK(sys::eventfd_signal(f.event));
    REQUIRE(*sys::epoll_wait(f.ep, events, 4, -1) == 1);
    CHECK(events[0].events == sys::epoll_in);
    CHECK(static_cast<std::uint64_t>(events[0].data.u64) == 0x123456789ABCu);
    CHECK(*sys::epoll_wait(f.ep, events, 4, 0) == 0);  // the edge has been taken
    CHECK(sys::epoll_control(f.ep, sys::epoll_modify, f.event, sys::epoll_out, 7));
    REQUIRE(*sys::epoll_wait(f.ep, events, 4, -1) == 1);
    CHECK(static_cast<std::uint64_t>(events[0].data.u64) == 7);
    CHECK(sys::epoll_control(f.ep, sys::epoll_delete, f.event));
    CHECK(sys::epoll_control(f.ep, sys::epoll_delete, f.event).error() == ENOENT);
    CHECK(sys::epoll_control(f.ep, sys::epoll_add, -1, sys::epoll_in).error() == EBADF);
    CHECK(sys::epoll_wait(-1, events, 4, 0).error() == EBADF);
    CHECK(sys::epoll_wait(f.ep, events, 0, 0).error() == EINVAL);
}

TEST_CASE("epoll never returns before its time, with either system call") {
    fixture f;
    sys::epoll_event event;
    for (const bool in_ns : {true, false}) {
        sys::detail::epoll_waits_in_ns.store(in_ns);
        for (const std::int64_t ns : {1, 300'000, 1'000'000, 1'500'001, 20'000'001}) {
            const auto start = std::chrono::steady_clock::now();
            CHECK(*sys::epoll_wait(f.ep, &event, 1, ns) == 0);
            const auto spent = std::chrono::steady_clock::now() - start;
            CHECK(spent.count() >= ns);
            CHECK(spent < std::chrono::seconds(10));
        }
    }
    sys::detail::epoll_waits_in_ns.store(true);
}

TEST_CASE("a wait too long for milliseconds is not taken for a short one") {
    fixture f;
    sys::epoll_event event;
    CHECK(sys::epoll_control(f.ep, sys::epoll_add, f.event, sys::epoll_in));
    for (const std::int64_t ns : {INT64_MAX, std::int64_t{0x7FFFFFFF} * 1'000'000 + 1'000'000, INT64_MAX / 2}) {
        for (const bool in_ns : {true, false}) {
            sys::detail::epoll_waits_in_ns.store(in_ns);
            sys::outcome<int> found = 0;
            {
                support::interrupted_thread waiting([&] { found = sys::epoll_wait(f.ep, &event, 1, ns); });
                CHECK(waiting.sleeps());
                CHECK(sys::eventfd_signal(f.event));
            }
            CHECK(found.value() == 1);
            CHECK(*sys::eventfd_drain(f.event) == 1);
        }
    }
    sys::detail::epoll_waits_in_ns.store(true);
}

TEST_CASE("epoll reports a signal") {
    fixture f;
    support::interruptions interrupting;
    sys::epoll_event event;
    sys::outcome<int> found = 0;
    {
        support::interrupted_thread waiting([&] { found = sys::epoll_wait(f.ep, &event, 1, -1); });
        waiting.interrupt();
    }
    CHECK(found.error() == EINTR);
    fault::scope plan;
    fault::fail(sys::call::epoll_wait, 1, EINTR);
    CHECK(sys::epoll_wait(f.ep, &event, 1, 0).error() == EINTR);
    fault::fail(sys::call::epoll_control, 1, ENOSPC);
    CHECK(sys::epoll_control(f.ep, sys::epoll_add, f.event, sys::epoll_in).error() == ENOSPC);
    fault::fail(sys::call::epoll_create, 1, EMFILE);
    CHECK(sys::epoll_create().error() == EMFILE);
}

TEST_CASE("an eventfd collects signals and never waits") {
    fixture f;
    CHECK(*sys::is_close_on_exec(f.event));
    CHECK(*sys::is_nonblocking(f.event));
    CHECK(*sys::eventfd_drain(f.event) == 0);
    CHECK(sys::eventfd_signal(f.event));
    CHECK(sys::eventfd_signal(f.event));
    CHECK(*sys::eventfd_drain(f.event) == 2);
    const std::uint64_t full = UINT64_MAX - 1;
    REQUIRE(::write(f.event, &full, sizeof full) == sizeof full);
    CHECK(sys::eventfd_signal(f.event));  // a full counter is readable as well
    CHECK(*sys::eventfd_drain(f.event) == full);
    CHECK(sys::eventfd_signal(-1).error() == EBADF);
    CHECK(sys::eventfd_drain(-1).error() == EBADF);
    fault::scope plan;
    fault::fail(sys::call::eventfd_signal, 1, EINTR);
    fault::fail(sys::call::eventfd_drain, 1, EINTR);
    CHECK(sys::eventfd_signal(f.event));
    CHECK(*sys::eventfd_drain(f.event) == 1);
    CHECK(fault::count(sys::call::any) == 4);
    fault::fail(sys::call::eventfd, 1, ENFILE);
    CHECK(sys::make_eventfd().error() == ENFILE);
}
