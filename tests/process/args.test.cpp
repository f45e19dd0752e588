#include "on_loop.hpp"

namespace co = cohort;

TEST_CASE("the arguments of a program") {
    char program[] = "/bin/program";
    char first[] = "8080";
    char second[] = "-2.5";
    char third[] = "12x";
    char fourth[] = "99999999999";
    char* argv[] = {program, first, second, third, fourth, nullptr};
    const co::args given(5, argv);
    CHECK(given.size() == 4);
    CHECK(!given.empty());
    CHECK(given.program() == "/bin/program");
    CHECK(given[0] == "8080");
    CHECK(given.number(0) == 8080);
    CHECK(given.number<double>(1) == -2.5);
    CHECK(given.number(7, 42) == 42);
    CHECK(given.number(0, 42) == 8080);
    CHECK(given.number<long long>(3) == 99999999999);
    CHECK_THROWS_WITH(given.number(2), "argument \"12x\": Invalid argument");
    CHECK_THROWS_WITH(given.number(3), "argument \"99999999999\": Numerical result out of range");
    CHECK_THROWS_WITH(given[4], "argument 5: Invalid argument");
    std::string all;
    for (const char* one : given) all += std::string(one) + ' ';
    CHECK(all == "8080 -2.5 12x 99999999999 ");

    for (const co::args& none : {co::args(), co::args(0, argv + 5), co::args(1, argv)}) {
        CHECK(none.size() == 0);
        CHECK(none.empty());
        CHECK(none.begin() == none.end());
        CHECK_THROWS_AS(none[0], co::error);
    }
}
