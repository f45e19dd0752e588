#include <cohort/json.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "support/test.hpp"

namespace json = cohort::json;

namespace {

std::string deep_text(std::size_t pairs) {
    std::string text;
    for (std::size_t i = 0; i < pairs; ++i) {
        text += R"([0,{"a":[],"b":)";
    }
    text += "1";
    for (std::size_t i = 0; i < pairs; ++i) {
        text += R"(,"c":2},"end"])";
    }
    return text;
}

}  // namespace

TEST_CASE("values know their kind") {
    CHECK(json::value().is_null());
    CHECK(json::value(nullptr).kind() == json::kind::null);
    CHECK(json::value(true).as_bool());
    CHECK(json::value(7).as_int64() == 7);
    CHECK(json::value(7u).is_integer());
    CHECK(json::value(std::numeric_limits<std::uint64_t>::max()).as_uint64() ==
          std::numeric_limits<std::uint64_t>::max());
    CHECK(json::value(2.5f).as_double() == 2.5);
    CHECK(json::value("x").as_string() == "x");
    CHECK(json::value(std::string("x")).is_string());
    CHECK(json::value(std::string_view("x")).is_string());
    CHECK(json::value(json::array()).is_array());
    CHECK(json::value(json::object()).is_object());
    CHECK(json::value(json::object()).empty());
    try {
        json::value("x").as_int64();
        FAIL("accepted");
    } catch (const json::error& e) {
        CHECK(std::string(e.what()) == "json: expected a number, found a string");
        CHECK(e.line() == 0);
    }
    CHECK_THROWS_AS(json::value(1).as_string(), json::error);
    CHECK_THROWS_AS(json::value(1).at("a"), json::error);
    CHECK_THROWS_AS(json::make_array(1).at(1), json::error);
    CHECK_THROWS_AS(json::make_object("a", 1).at("b"), json::error);
}

TEST_CASE("numbers are equal when they are the same number") {
    CHECK(json::value(5) == json::value(5u));
    CHECK(json::value(5) == json::value(5.0));
    CHECK_FALSE(json::value(5) == json::value(5.5));
    CHECK(json::value(9223372036854775808u) == json::value(9223372036854775808.0));
    CHECK_FALSE(json::value(9223372036854775807) == json::value(9223372036854775808.0));
    CHECK_FALSE(json::value(18446744073709551615u) == json::value(18446744073709551616.0));
    CHECK_FALSE(json::value(9007199254740993) == json::value(9007199254740992.0));
    CHECK_FALSE(json::value(-1) == json::value(18446744073709551615u));
    CHECK_FALSE(json::value(std::nan("")) == json::value(std::nan("")));
    CHECK_FALSE(json::value(0) == json::value(false));
    CHECK_FALSE(json::value() == json::value(json::object()));
}

TEST_CASE("objects keep the order of insertion and compare without it") {
    json::object a;
    a.set("z", 1).set("a", 2).set("z", 3);
    CHECK(json::write(json::value(a)) == R"({"z":3,"a":2})");
    const json::object b = json::object().set("a", 2).set("z", 3);
    CHECK(a == b);
    CHECK_FALSE(a == json::object().set("a", 2));
    CHECK_FALSE(a == json::object().set("a", 2).set("y", 3));
    CHECK(a.erase("z"));
    CHECK_FALSE(a.erase("z"));
    CHECK(a.size() == 1);
    CHECK(a.contains("a"));
    std::string names;
    for (auto& [name, value] : a) {
        names += name;
        value = 9;
    }
    for (const auto& [name, value] : std::as_const(a)) {
        names += name;
        CHECK(value == 9);
    }
    CHECK(names == "aa");
    a.clear();
    CHECK(a.empty());
}

TEST_CASE("big objects are built and searched in linear time, and stay right when members go") {
    json::object o;
    constexpr int count = 200000;  // a quadratic search would take minutes: the watchdog ends it
    for (int i = 0; i < count; ++i) {
        o["key" + std::to_string(i)] = i;
    }
    bool all = o.size() == count;
    for (int i = 0; i < count; ++i) {
        const json::value* found = o.find("key" + std::to_string(i));
        all = all && found != nullptr && *found == i;
    }
    CHECK(all);
    CHECK(o.find("key200000") == nullptr);
    CHECK(json::parse(json::write(json::value(o))) == json::value(o));

    json::object small;
    for (int i = 0; i < 40; ++i) {
        small.set(std::to_string(i), i);
    }
    for (int i = 0; i < 40; i += 2) {
        CHECK(small.erase(std::to_string(i)));
        for (int k = 0; k < 40; ++k) {
            CHECK(small.contains(std::to_string(k)) == (k > i || k % 2 == 1));
        }
    }
    small.set("0", 0);
    CHECK((small.end() - 1)->name() == "0");
}

TEST_CASE("copies are deep, moves leave null, and a value may take its own part") {
    json::value a = json::make_object("list", json::make_array(1, json::make_array(2)), "text", std::string(100, 'x'));
    json::value b = a;
    b["list"][1][0] = "changed";
    CHECK(a["list"][1][0] == 2);
    const json::value c = std::move(b);
    CHECK(b.is_null());
    CHECK(c["list"][1][0] == "changed");
    a = std::move(a["list"][1]);
    CHECK(json::write(a) == "[2]");
    a = json::make_array(json::make_array(1, 2), 3);
    const json::value& part = a[0];
    a = part;
    CHECK(json::write(a) == "[1,2]");
    json::value& self = a;
    a = self;
    CHECK(json::write(a) == "[1,2]");
    json::value d;
    d["x"]["y"] = 1;
    d["z"].push_back(1).push_back("two");
    CHECK(json::write(d) == R"({"x":{"y":1},"z":[1,"two"]})");
    int sum = 0;
    for (const json::value& each : json::make_array(1, 2, 3)) {
        sum += static_cast<int>(each.as_int64());
    }
    CHECK(sum == 6);
}

TEST_CASE("nothing recurses: trees half a million deep") {
    const json::read_options deep = json::read_options().max_depth(2000000);
    const std::string text = deep_text(250000);
    json::value a = json::parse(text, deep);
    const json::value b = a;
    CHECK(a == b);
    CHECK(json::write(b) == text);
    json::reader r(text, deep);
    r.skip_value();
    r.finish();
    a = nullptr;
    json::value c = json::parse(std::string(500000, '[') + std::string(500000, ']'), deep);
    c = 1;
    // An error far down: the tree that is half built is destroyed, the path is found.
    CHECK_THROWS_AS(json::parse(text.substr(0, text.size() / 2), deep), json::error);
    // Wide and deep at once.
    json::value wide;
    for (int i = 0; i < 1000; ++i) {
        json::value next = json::make_array(i, wide, "x", json::make_object("k", json::make_array(1, 2)));
        wide = std::move(next);
    }
    const json::value copy = wide;
    CHECK(copy == wide);
    const json::value other = json::parse("[1,[2,[3,[4]]]]");
    CHECK_FALSE(other == json::parse("[1,[2,[3,[5]]]]"));
}

TEST_CASE("destroying a value allocates nothing") {
    json::value a = json::parse(deep_text(100));
    const std::size_t before = support::allocation_count();
    a = nullptr;
    CHECK(support::allocation_count() == before);
}

TEST_CASE("values convert to mapped types and back") {
    struct point {
        int x;
        double y;
    };
    const json::value v = json::parse(R"({"p":{"x":1,"y":2},"n":[1,2,3]})");
    const point p = v["p"].as<point>();
    CHECK(p.x == 1);
    CHECK(p.y == 2.0);
    CHECK(v["n"].as<std::vector<int>>() == std::vector<int>{1, 2, 3});
    CHECK(v["n"][0].as<unsigned char>() == 1);
    CHECK(json::to_value(p) == v["p"]);
    CHECK_THROWS_AS(v["n"][0].as<bool>(), json::error);
    try {
        json::parse(R"({"x":1,"y":"two"})").as<point>();
        FAIL("accepted");
    } catch (const json::error& e) {
        CHECK(std::string(e.what()) == "json: $.y: expected a number, found a string");
        CHECK(e.path() == "$.y");
    }
}
