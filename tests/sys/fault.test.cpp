#include <cohort/sys/fault.hpp>
#include <cohort/sys/file.hpp>
#include <cohort/sys/io.hpp>

#include "support/test.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

namespace {
struct wire {
    sys::pipe_pair ends = *sys::pipe(true, true);
    ~wire() {
        (void)sys::close(ends.read);
        (void)sys::close(ends.write);
    }
};
}  // namespace

TEST_CASE("the seam fails exactly the n-th call of a kind") {
    wire w;
    fault::scope plan;
    fault::fail(sys::call::write, 3, ENOSPC);
    for (int n = 1; n <= 5; ++n) {
        const sys::outcome<std::size_t> wrote = sys::write(w.ends.write, "x", 1);
        CHECK(wrote.error() == (n == 3 ? ENOSPC : 0));
    }
    CHECK(fault::count(sys::call::write) == 5);
    CHECK(fault::injected(sys::call::write) == 1);
    CHECK(*sys::bytes_readable(w.ends.read) == 4);  // the failed call was not made
}

TEST_CASE("the n-th call is counted from the time of the rule") {
    wire w;
    fault::scope plan;
    CHECK(sys::write(w.ends.write, "x", 1));
    CHECK(sys::write(w.ends.write, "x", 1));
    fault::fail(sys::call::write, 1, EIO);
    fault::fail(sys::call::write, 2, EPIPE);
    CHECK(sys::write(w.ends.write, "x", 1).error() == EIO);
    CHECK(sys::write(w.ends.write, "x", 1).error() == EPIPE);
    CHECK(sys::write(w.ends.write, "x", 1));
}

TEST_CASE("the seam shortens transfers, plain and scattered") {
    wire w;
    fault::scope plan;
    fault::short_count(sys::call::write, 1, 3);
    CHECK(*sys::write(w.ends.write, "abcdef", 6) == 3);
    CHECK(*sys::write(w.ends.write, "def", 3) == 3);

    char a[2], b[2], c[8];
    sys::io_slice slices[] = {{a, 2}, {b, 2}, {c, 8}};
    fault::short_count(sys::call::readv, 1, 3);
    CHECK(*sys::readv(w.ends.read, slices, 3) == 3);
    CHECK(std::string(a, 2) + b[0] == "abc");
    CHECK(*sys::readv(w.ends.read, slices, 3) == 3);

    fault::short_count(sys::call::writev, 1, 1);
    CHECK(*sys::writev(w.ends.write, slices, 3) == 1);
    fault::short_count(sys::call::read, 1, 0);
    CHECK(*sys::read(w.ends.read, c, 8) == 0);  // an end of the stream that is none
    CHECK(*sys::read(w.ends.read, c, 8) == 1);
}

TEST_CASE("the seam fails periodically and at random, repeatably") {
    wire w;
    fault::scope plan;
    fault::every(sys::call::bytes_readable, 4, ENOMEM);
    int failed = 0;
    for (int i = 0; i < 40; ++i) failed += sys::bytes_readable(w.ends.read) ? 0 : 1;
    CHECK(failed == 10);

    const auto pattern = [&](std::uint64_t seed) {
        fault::clear();
        fault::random(sys::call::bytes_readable, seed, 0.25, ENOMEM);
        std::string marks;
        for (int i = 0; i < 400; ++i) marks += sys::bytes_readable(w.ends.read) ? '.' : 'x';
        return marks;
    };
    const std::string first = pattern(1);
    CHECK(first == pattern(1));
    CHECK(first != pattern(2));
    const auto hits = std::count(first.begin(), first.end(), 'x');
    CHECK(hits > 60);
    CHECK(hits < 140);
}

TEST_CASE("a retried call goes past interruptions of the seam") {
    wire w;
    fault::scope plan;
    fault::fail(sys::call::write, 1, EINTR);
    fault::fail(sys::call::write, 2, EINTR);
    CHECK(sys::write(w.ends.write, "x", 1));
    CHECK(fault::count(sys::call::write) == 3);
    fault::every(sys::call::read, 2, EINTR);
    char c;
    CHECK(sys::read(w.ends.read, &c, 1));
    CHECK(sys::read(w.ends.read, &c, 1).would_block());
    CHECK(fault::injected(sys::call::read) >= 1);
}

TEST_CASE("a close that fails has closed") {
    sys::pipe_pair ends = *sys::pipe();
    fault::scope plan;
    fault::fail(sys::call::close, 1, EINTR);
    CHECK(sys::close(ends.read).error() == EINTR);
    CHECK(fault::count(sys::call::close) == 1);  // not retried
    CHECK(sys::close(ends.read).error() == EBADF);
    CHECK(sys::close(ends.write));
}

TEST_CASE("a test can go through all sites of an operation") {
    // A pipe whose one end is not blocking takes several calls: each of them can fail, and no failure leaves a descriptor.
    fault::scope plan;
    const sys::pipe_pair made = *sys::pipe(true, false);
    const std::uint64_t sites = fault::count(sys::call::any);
    CHECK(sites == 3);
    (void)sys::close(made.read);
    (void)sys::close(made.write);
    const auto before = support::open_fds();
    for (std::uint64_t site = 1; site <= sites; ++site) {
        fault::clear();
        fault::fail(sys::call::any, site, ENFILE);
        CHECK(sys::pipe(true, false).error() == ENFILE);
        CHECK(fault::injected(sys::call::any) == 1);
    }
    CHECK(support::open_fds() == before);
}

TEST_CASE("the seam knows whether there is a plan") {
    wire w;
    fault::clear();
    CHECK(!fault::planned());
    {
        fault::scope plan;
        CHECK(!fault::planned());  // nothing but counts
        fault::fail(sys::call::write, 1, EIO);
        CHECK(fault::planned());
        CHECK(sys::write(w.ends.write, "x", 1).error() == EIO);
        CHECK(fault::planned());  // its result may still be looked at
        fault::clear();
        CHECK(!fault::planned());
        fault::short_every(sys::call::read, 2, 1);
        CHECK(fault::planned());
    }
    CHECK(!fault::planned());
}

TEST_CASE("the plan ends with its scope") {
    wire w;
    {
        fault::scope plan;
        fault::every(sys::call::bytes_readable, 1, EIO);
        CHECK_FALSE(sys::bytes_readable(w.ends.read));
    }
    CHECK(sys::bytes_readable(w.ends.read));
}

TEST_CASE("one call of many threads is the n-th") {
    wire w;
    fault::scope plan;
    fault::fail(sys::call::bytes_readable, 2000, EIO);
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i)
                if (!sys::bytes_readable(w.ends.read)) ++failed;
        });
    for (std::thread& each : threads) each.join();
    CHECK(failed == 1);
    CHECK(fault::count(sys::call::bytes_readable) == 4000);
}

TEST_CASE("every call has a name") {
    CHECK(std::string(name(sys::call::any)) == "any");
    CHECK(std::string(name(sys::call::read)) == "read");
    CHECK(std::string(name(sys::call::spawn_exec)) == "spawn_exec");
    CHECK(std::string(sys::detail::call_names[sys::call_count - 1]) == "kqueue_wait");
}
