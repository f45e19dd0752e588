#include <cohort/json.hpp>

#include <bit>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include "support/test.hpp"

namespace json = cohort::json;

namespace {

template <class Integer> bool refuses(const std::string& text) {
    try {
        json::read<Integer>(text);
        return false;
    } catch (const json::error& e) {
        CHECK(e.reason() == json::errc::number_out_of_range);
        return true;
    }
}

template <class Integer> void check_limits() {
    using limits = std::numeric_limits<Integer>;
    const std::string low = std::to_string(limits::min());
    const std::string high = std::to_string(limits::max());
    CHECK(json::read<Integer>(low) == limits::min());
    CHECK(json::read<Integer>(high) == limits::max());
    CHECK(json::write(limits::min()) == low);
    CHECK(json::write(limits::max()) == high);
    // One beyond, in decimal, by hand: the last digit is never 9.
    std::string above = high;
    ++above.back();
    CHECK(refuses<Integer>(above));
    std::string below = low == "0" ? "-1" : low;
    if (low != "0") {
        ++below.back();
    }
    CHECK(refuses<Integer>(below));
    CHECK(refuses<Integer>("1.5"));
    CHECK(refuses<Integer>("100000000000000000000000"));
    CHECK(refuses<Integer>("-100000000000000000000000"));
    CHECK(refuses<Integer>("1e30"));
    CHECK(json::read<Integer>("1e2") == 100);
    CHECK(json::read<Integer>("2.0") == 2);
    CHECK(json::read<Integer>("-0") == 0);
}

template <class Float, class Bits> void check_round_trip(std::size_t count) {
    std::mt19937_64 random(42);
    for (std::size_t i = 0; i < count; ++i) {
        const Float number = std::bit_cast<Float>(static_cast<Bits>(random()));
        if (!std::isfinite(number)) {
            continue;
        }
        const std::string text = json::write(number);
        const Float back = json::read<Float>(text);
        char shortest[64];
        const std::size_t digits =
            static_cast<std::size_t>(std::to_chars(shortest, shortest + 64, number).ptr - shortest);
        if (std::bit_cast<Bits>(back) != std::bit_cast<Bits>(number) || text.size() > digits + 2) {
            FAIL(text);
        }
    }
}

/// What the standard library makes of the text; false where that is out of range.
template <class Float> bool standard_reads(const std::string& text, Float& value) {
#ifdef __cpp_lib_to_chars
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
#else  // libc++ before 20 has it for integers only
    errno = 0;
    if constexpr (sizeof(Float) == sizeof(float)) {
        value = std::strtof(text.c_str(), nullptr);
    } else {
        value = std::strtod(text.c_str(), nullptr);
    }
    return errno != ERANGE || (value != 0 && !std::isinf(value));  // of a subnormal number as well
#endif
}

template <class Float> void compare_exact(const std::string& text) {
    Float expected = 0;
    const bool in_range = standard_reads(text, expected);
    const Float exact = json::detail::exact_decimal<Float>(text.data(), text.data() + text.size());
    if (!in_range) {
        // The sign and the direction remain to be told.
        if (!(std::isinf(exact) || exact == 0) || std::signbit(exact) != (text[0] == '-')) {
            FAIL(text);
        }
        return;
    }
    if (expected != exact || std::signbit(expected) != std::signbit(exact)) {
        FAIL(text << " exact " << exact << " expected " << expected);
    }
}

}  // namespace

TEST_CASE("integers are exact up to the limits of every type") {
    check_limits<signed char>();
    check_limits<unsigned char>();
    check_limits<short>();
    check_limits<unsigned short>();
    check_limits<int>();
    check_limits<unsigned>();
    check_limits<long>();
    check_limits<unsigned long>();
    check_limits<long long>();
    check_limits<unsigned long long>();
}

TEST_CASE("values keep 64-bit integers exactly and go over to double beyond") {
    CHECK(json::parse("9223372036854775807").as_int64() == std::numeric_limits<std::int64_t>::max());
    CHECK(json::parse("-9223372036854775808").as_int64() == std::numeric_limits<std::int64_t>::min());
    CHECK(json::parse("18446744073709551615").as_uint64() == std::numeric_limits<std::uint64_t>::max());
    CHECK(json::parse("18446744073709551615").is_integer());
    CHECK_FALSE(json::parse("18446744073709551616").is_integer());
    CHECK(json::parse("18446744073709551616").as_double() == 18446744073709551616.0);
    CHECK(json::parse("19999999999999999999").as_double() == 2e19);
    CHECK(json::parse("-9223372036854775809").as_double() == -9223372036854775808.0);
    CHECK_THROWS_AS(json::parse("18446744073709551615").as_int64(), json::error);
    CHECK_THROWS_AS(json::parse("-1").as_uint64(), json::error);
    CHECK_THROWS_AS(json::parse("1.5").as_int64(), json::error);
    CHECK(json::parse("3.0").as_int64() == 3);
    CHECK(json::write(json::parse("18446744073709551615")) == "18446744073709551615");
}

TEST_CASE("negative zero is kept") {
    for (const char* text : {"-0", "-0.0", "-0e5", "-1e-999"}) {
        CHECK(std::signbit(json::parse(text).as_double()));
        CHECK(std::signbit(json::read<double>(text)));
        CHECK(json::write(json::parse(text)) == "-0.0");
    }
}

TEST_CASE("doubles in their shortest form stay doubles") {
    CHECK(json::write(0.0) == "0.0");
    CHECK(json::write(1.0) == "1.0");
    CHECK(json::write(-1.5) == "-1.5");
    CHECK(json::write(12.5) == "12.5");
    CHECK(json::write(0.1) == "0.1");
    CHECK(json::write(0.3) == "0.3");
    CHECK(json::write(0.1 + 0.2) == "0.30000000000000004");
    CHECK(json::write(640.0) == "640.0");
    CHECK(json::write(1e22) == "1e+22");
    CHECK(json::write(123456.0625) == "123456.0625");
    CHECK(json::write(5e-324) == "5e-324");
    CHECK(json::write(1.7976931348623157e308) == "1.7976931348623157e+308");
    CHECK(json::write(0.1f) == "0.1");
    CHECK(json::write(16777216.0f) == "16777216.0");
    CHECK(json::write(9007199254740993.0) == "9007199254740992.0");
}

TEST_CASE("random doubles and floats come back bit for bit") {
    check_round_trip<double, std::uint64_t>(300000);
    check_round_trip<float, std::uint32_t>(300000);
}

TEST_CASE("numbers with few decimals take the quick way and are the shortest") {
    std::mt19937_64 random(7);
    for (int i = 0; i < 200000; ++i) {
        const std::uint64_t power[] = {1, 10, 100, 1000, 10000, 100000};
        const double number =
            static_cast<double>(random() % 1000000000000u >> random() % 40) / static_cast<double>(power[random() % 6]);
        const std::string text = json::write(number);
        char shortest[64];
        char* end = std::to_chars(shortest, shortest + 64, number, std::chars_format::fixed).ptr;
        std::string expected(shortest, end);
        if (expected.find('.') == std::string::npos) {
            expected += ".0";
        }
        if (text != expected && text.find('e') == std::string::npos) {
            FAIL(text << " instead of " << expected);
        }
        if (json::read<double>(text) != number) {
            FAIL(text);
        }
    }
}

TEST_CASE("hard cases of decimal conversion") {
    CHECK(json::read<double>("9007199254740993") == 9007199254740992.0);  // a tie, to even
    CHECK(json::read<double>("9007199254740993.00000000000000000001") == 9007199254740994.0);
    CHECK(json::read<double>("9007199254740995") == 9007199254740996.0);
    CHECK(json::read<double>("2.2250738585072011e-308") == 2.2250738585072011e-308);
    CHECK(json::read<double>("2.4703282292062327e-324") == 0.0);  // just below half of the smallest
    CHECK(json::read<double>("2.4703282292062328e-324") == 5e-324);
    CHECK(json::read<double>("1.7976931348623158e308") == std::numeric_limits<double>::max());
    CHECK_THROWS_AS(json::read<double>("1.7976931348623159e308"), json::error);
    CHECK_THROWS_AS(json::read<float>("3.5e38"), json::error);
    CHECK(json::read<float>("16777217") == 16777216.0f);
    CHECK(json::read<float>("1.00000017881393432617187499") == 1.00000011920928955078125f);  // not by way of double
    const std::string zeros(100000, '0');
    CHECK(json::read<double>("0." + zeros + "1e100001") == 1.0);
    CHECK(json::read<double>("1" + zeros + "e-100000") == 1.0);
    CHECK(json::read<double>("0." + zeros + "1") == 0.0);
    CHECK_THROWS_AS(json::read<double>("1" + zeros), json::error);
}

TEST_CASE("the exact conversion agrees with that of the standard library") {
    std::mt19937_64 random(1);
    for (int i = 0; i < 50000; ++i) {
        const double number = std::bit_cast<double>(random());
        if (!std::isfinite(number)) {
            continue;
        }
        char text[1200];
        compare_exact<double>(json::write(number));
        const int length = std::snprintf(text, sizeof text, "%.*e", static_cast<int>(random() % 30), number);
        compare_exact<double>(std::string(text, static_cast<std::size_t>(length)));
        compare_exact<float>(std::string(text, static_cast<std::size_t>(length)));
    }
    for (int i = 0; i < 20000; ++i) {
        std::string text = random() % 2 != 0 ? "-" : "";
        text += std::to_string(random() >> random() % 64);
        if (random() % 2 != 0) {
            text += '.' + std::to_string(random() >> random() % 64) + std::to_string(random());
        }
        if (random() % 2 != 0) {
            text += 'e' + std::to_string(static_cast<int>(random() % 700) - 350);
        }
        compare_exact<double>(text);
        compare_exact<float>(text);
    }
}

TEST_CASE("json: an integer in another notation is read exactly or refused") {
    CHECK(json::read<std::int64_t>("9007199254740993.0") == 9007199254740993);
    CHECK(json::read<std::int64_t>("-9007199254740993e0") == -9007199254740993);
    CHECK(json::read<std::int64_t>("922337203685477580.7e1") == INT64_MAX);
    CHECK(json::read<std::int64_t>("-9.223372036854775808E18") == INT64_MIN);
    CHECK(json::read<std::uint64_t>("18446744073709551615.000") == UINT64_MAX);
    CHECK(json::read<std::uint64_t>("1844674407370955161500e-2") == UINT64_MAX);
    CHECK(json::read<int>("0.00000000000000000000000000012e29") == 12);
    CHECK(json::read<int>("12000000000000000000000000000e-27") == 12);
    CHECK(json::read<int>("0.000e999999999999999999") == 0);
    CHECK(json::read<int>("0e-999999999999999999") == 0);
    CHECK(refuses<std::int64_t>("4503599627370497.2"));
    CHECK(refuses<std::int64_t>("1.0000000000000000000001"));
    CHECK(refuses<std::int64_t>("9223372036854775808.0"));
    CHECK(refuses<std::int64_t>("-9223372036854775809.0"));
    CHECK(refuses<std::uint64_t>("18446744073709551616.0"));
    CHECK(refuses<std::uint64_t>("1.8446744073709551616e19"));
    CHECK(refuses<std::uint64_t>("1e20"));
    CHECK(refuses<int>("1e-1"));
    CHECK(refuses<int>("15e-1"));
    CHECK(refuses<int>("1e-400"));
    CHECK(refuses<int>("1e999999999999999999"));
    CHECK(refuses<int>("1e-999999999999999999"));
}

TEST_CASE("the exact conversion rounds midpoints of two doubles to even") {
    std::mt19937_64 random(3);
    for (int i = 0; i < 3000; ++i) {
        const double number = std::abs(std::bit_cast<double>(random()));
        const double next = std::nextafter(number, std::numeric_limits<double>::infinity());
        if (!std::isfinite(next)) {
            continue;
        }
        // The midpoint, in all its digits: long double has 64 bits here, one more than is needed.
        if constexpr (std::numeric_limits<long double>::digits >= 54) {
            char text[1600];
            const long double middle = (static_cast<long double>(number) + static_cast<long double>(next)) / 2;
            const std::size_t length = static_cast<std::size_t>(std::snprintf(text, sizeof text, "%.1100Le", middle));
            compare_exact<double>(std::string(text, length));
            std::string above(text, length);
            above[above.find('e') - 1] = '1';
            compare_exact<double>(above);
        }
    }
}
