#include <cohort/sys/outcome.hpp>

#include "support/test.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace sys = cohort::sys;

static_assert(std::is_trivially_copyable_v<sys::outcome<int>>);
static_assert(std::is_trivially_copyable_v<sys::outcome<>>);
static_assert(sizeof(sys::outcome<int>) == 2 * sizeof(int));
static_assert(sizeof(sys::outcome<std::size_t>) == sizeof(std::size_t));
static_assert(sizeof(sys::outcome<long>) == 2 * sizeof(long));
static_assert(!std::is_convertible_v<sys::outcome<int>, bool>);

TEST_CASE("an outcome holds a value or an error number") {
    const sys::outcome<int> good = 7;
    CHECK(good);
    CHECK(*good == 7);
    CHECK(good.value() == 7);
    CHECK(good.error() == 0);
    CHECK_FALSE(good.would_block());
    CHECK(good.value_or(9) == 7);

    const sys::outcome<int> bad = sys::failure(EBADF);
    CHECK_FALSE(bad);
    CHECK(bad.error() == EBADF);
    CHECK(bad.value() == 0);
    CHECK(bad.value_or(9) == 9);
    CHECK(sys::outcome<int>::failure(EPIPE).error() == EPIPE);

    CHECK(sys::outcome<int>::failure(EAGAIN).would_block());
    CHECK(sys::outcome<>::failure(EWOULDBLOCK).would_block());
    CHECK_FALSE(sys::outcome<>::failure(EINTR).would_block());
}

TEST_CASE("an outcome without a value succeeds or has an error number") {
    CHECK(sys::success());
    CHECK(sys::outcome<>::success().error() == 0);
    const sys::outcome<> bad = sys::failure(EIO);
    CHECK_FALSE(bad);
    CHECK(bad.error() == EIO);
}

TEST_CASE("a count or an error number in one word") {
    using counted = sys::outcome<std::size_t>;
    const counted some = std::size_t{7};
    CHECK(some);
    CHECK(*some == 7);
    CHECK(some.value() == 7);
    CHECK(some.error() == 0);
    CHECK_FALSE(some.would_block());
    CHECK(counted(std::size_t{0}));
    CHECK(*counted(std::size_t{PTRDIFF_MAX}) == std::size_t{PTRDIFF_MAX});

    const counted bad = sys::failure(ECONNRESET);
    CHECK_FALSE(bad);
    CHECK(bad.error() == ECONNRESET);
    CHECK(*bad == 0);
    CHECK(bad.value() == 0);
    CHECK(bad.value_or(9) == 9);
    CHECK_FALSE(bad.would_block());
    CHECK(counted::failure(EAGAIN).would_block());
}
