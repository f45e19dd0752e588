#include "support/test.hpp"

#include <fcntl.h>
#include <unistd.h>

TEST_CASE("a leaked descriptor", "[.][harness]") { REQUIRE(::open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0); }

TEST_CASE("the harness fails a test case that leaves a descriptor open") {
    auto run = support::run_program({support::self_path(), "a leaked descriptor"});
    CHECK(run.code() == 1);
    CHECK_THAT(run.output(), Catch::Matchers::ContainsSubstring("LEFT BEHIND by test case \"a leaked descriptor\""));
    CHECK_THAT(run.output(), Catch::Matchers::ContainsSubstring("-> /dev/null"));
}
