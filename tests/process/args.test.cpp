#include "on_loop.hpp"

#include <cerrno>
#include <cmath>
#include <limits>
#include <string>
#include <system_error>

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

TEST_CASE("floating point arguments are read as the whole text says, or refused") {
    char program[] = "program";
    const auto read = [&](std::string text) {
        char* argv[] = {program, text.data(), nullptr};
        return co::args(2, argv).number<double>(0);
    };
    CHECK(read("0") == 0.0);
    CHECK(std::signbit(read("-0")));
    CHECK(read("007.50") == 7.5);
    CHECK(read(".5") == 0.5);
    CHECK(read("5.") == 5.0);
    CHECK(read("1e3") == 1000.0);
    CHECK(read("-1.5E-3") == -0.0015);
    CHECK(read("0e99999") == 0.0);
    CHECK(read("0.1") == 0.1);
    CHECK(read("1.7976931348623157e308") == std::numeric_limits<double>::max());
    CHECK(read("2.2250738585072014e-308") == std::numeric_limits<double>::min());
    CHECK(std::isinf(read("inf")));
    CHECK(read("-Infinity") < 0);
    CHECK(std::isnan(read("NaN")));
    char single[] = "0.1";
    char* argv[] = {program, single, nullptr};
    CHECK(co::args(2, argv).number<float>(0) == 0.1f);
    for (const char* text :
         {"-", ".", "+1", " 1", "1 ", "1e", "1e+", "e5", "--1", "0x10", "1.2.3", "1,5", "infinite", "i"}) {
        INFO(text);
        CHECK_THROWS_WITH(read(text), "argument \"" + std::string(text) + "\": " + std::generic_category().message(EINVAL));
    }
    CHECK_THROWS_AS(read(""), co::error);
    for (const char* text : {"1e999", "-1e309", "1e-400", "-0.0000001e-330"}) {
        INFO(text);
        CHECK_THROWS_WITH(read(text), "argument \"" + std::string(text) + "\": " + std::generic_category().message(ERANGE));
    }
}
