// Readiness of descriptors that only Linux has, which its library makes no operations for, and the failures of epoll.
#include "support/cancellation.hpp"
#include "support/loop_driver.hpp"
#include "support/test.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/reactor/readable.hpp>
#include <cohort/sys/fault.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

namespace co = cohort;

namespace {

/// A descriptor that the library has no operation for: an eventfd used as a semaphore.
struct counter {
    co::registration<co::loop> fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC | EFD_SEMAPHORE), co::descriptor_kind::other};
    std::size_t count = 0;

    void add() {
        const std::uint64_t one = 1;
        REQUIRE(::write(fd.native(), &one, sizeof one) == sizeof one);
        ++count;
    }
    void take() {
        std::uint64_t one;
        REQUIRE(::read(fd.native(), &one, sizeof one) == sizeof one);
        --count;
    }
};

#if defined(COHORT_FAULTS) && COHORT_BACKEND_EPOLL
/// What the wait ended with: nothing, or the error's text.
co::task<std::string> readable_outcome(co::registration<co::loop>& fd) {
    auto outcome = co_await co::attempt(co::readable(fd));
    co_return outcome.message();
}

co::task<std::string> writable_outcome(co::registration<co::loop>& fd) {
    auto outcome = co_await co::attempt(co::writable(fd));
    co_return outcome.message();
}
#endif

}  // namespace

TEST_CASE("readiness of an eventfd, and what is done with it") {
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

#if defined(COHORT_FAULTS) && COHORT_BACKEND_EPOLL
TEST_CASE("a descriptor that the system cannot watch fails its operation, and only that") {
    support::loop_driver<> d;
    counter c;
    {
        co::sys::fault::scope plan;
        co::sys::fault::fail(co::sys::call::epoll_control, 1, ENOSPC);
        CHECK(d.run(readable_outcome(c.fd)) == "readable: No space left on device");
    }
    support::root<std::string> r(d.exec(), readable_outcome(c.fd));
    d.settle();
    CHECK(!r.done());
    {
        // The change of interest for a writer: registered for reading only so far. A full counter cannot be written.
        const std::uint64_t most = ~std::uint64_t{0} - 1;
        REQUIRE(::write(c.fd.native(), &most, sizeof most) == sizeof most);
        d.settle();
        CHECK(r.done());
        co::sys::fault::scope plan;
        co::sys::fault::fail(co::sys::call::epoll_control, 1, ENOMEM);
        CHECK(d.run(writable_outcome(c.fd)) == "writable: Cannot allocate memory");
        support::root<std::string> w(d.exec(), writable_outcome(c.fd));
        d.settle();
        CHECK(!w.done());
        std::uint64_t one;
        REQUIRE(::read(c.fd.native(), &one, sizeof one) == sizeof one);
        d.settle();
        CHECK(w.done());
    }
}

TEST_CASE("a descriptor that the system cannot watch is still tried at once") {
    support::loop_driver<> d;
    counter c;
    co::sys::fault::scope plan;
    co::sys::fault::every(co::sys::call::epoll_control, 1, ENOSPC);
    CHECK(d.run(readable_outcome(c.fd)) == "readable: No space left on device");
    const std::uint64_t one = 1;
    REQUIRE(::write(c.fd.native(), &one, sizeof one) == sizeof one);
    CHECK(d.run(readable_outcome(c.fd)) == "");
}
#endif
