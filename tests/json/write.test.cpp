#include <cohort/json.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "support/test.hpp"

namespace json = cohort::json;

namespace {

struct entry {
    std::string name;
    std::optional<int> size;
    std::vector<double> data;
};
struct all_optional {
    std::optional<int> a, b, c;
};
struct ring : std::vector<std::shared_ptr<ring>> {};
struct knot : std::map<std::string, std::shared_ptr<knot>> {};
struct request {
    std::string type;
    std::int64_t id;
    std::string method;
    bool ok;
    std::vector<std::variant<std::string, std::int64_t, double>> args;
    double t;
};

template <class T> std::string refusal(const T& value, const json::write_options& options = json::write_options()) {
    try {
        json::write(value, options);
    } catch (const json::error& e) {
        return e.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("pretty text") {
    const entry e{"n", 3, {1, 2.5}};
    CHECK(json::write(e, json::write_options().indent(2)) ==
          "{\n  \"name\": \"n\",\n  \"size\": 3,\n  \"data\": [\n    1.0,\n    2.5\n  ]\n}");
    CHECK(json::write(json::parse(R"({"a":{},"b":[],"c":[[]]})"), json::write_options().indent(1)) ==
          "{\n \"a\": {},\n \"b\": [],\n \"c\": [\n  []\n ]\n}");
    CHECK(json::write(1, json::write_options().indent(2)) == "1");
}

TEST_CASE("empty optional members are left out, wherever they stand, or null by policy") {
    CHECK(json::write(all_optional{{}, {}, {}}) == "{}");
    CHECK(json::write(all_optional{1, {}, {}}) == R"({"a":1})");
    CHECK(json::write(all_optional{{}, 2, {}}) == R"({"b":2})");
    CHECK(json::write(all_optional{{}, {}, 3}) == R"({"c":3})");
    CHECK(json::write(all_optional{1, {}, 3}) == R"({"a":1,"c":3})");
    CHECK(json::write(all_optional{{}, 2, {}}, json::write_options().empty(json::empty_members::null)) ==
          R"({"a":null,"b":2,"c":null})");
    for (const char* text :
         {"{}", R"({"a":1})", R"({"b":2})", R"({"c":3})", R"({"b":2,"c":3})", R"({"a":1,"b":2,"c":3})"}) {
        CHECK(json::write(json::read<all_optional>(text)) == text);
    }
}

TEST_CASE("NaN and infinities name their path, or become null") {
    const double nan = std::nan("");
    const double infinite = std::numeric_limits<double>::infinity();
    CHECK(refusal(nan) == "json: $: NaN and infinity have no JSON form");
    CHECK(refusal(std::vector<entry>{{"a", 1, {}}, {"b", 2, {1, infinite}}}) ==
          "json: $[1].data[1]: NaN and infinity have no JSON form");
    CHECK(refusal(json::make_object("x", json::make_array(1, -infinite))) ==
          "json: $.x[1]: NaN and infinity have no JSON form");
    CHECK(refusal(entry{"a", 1, {nan}}, json::write_options().indent(2)) ==
          "json: $.data[0]: NaN and infinity have no JSON form");
    CHECK(json::write(std::vector<double>{1, nan, -infinite},
                      json::write_options().non_finite(json::non_finite::null)) == "[1.0,null,null]");
}

TEST_CASE("invalid UTF-8 names its path, and a failed append changes nothing") {
    CHECK(refusal(std::vector<entry>{{"a", 1, {}}, {"\"b\\\n\xFF", 2, {}}}) ==
          "json: $[1].name: invalid UTF-8 in a string");
    CHECK(refusal(entry{std::string(5000, 'x') + "\xC3", 2, {}}) == "json: $.name: invalid UTF-8 in a string");
    std::string out = "before";
    CHECK_THROWS_AS(json::append(out, entry{std::string(5000, 'x') + "\xC3", 2, {}}), json::error);
    CHECK(out == "before");
    json::append(out, 5);
    CHECK(out == "before5");
}

TEST_CASE("the writer, driven by hand") {
    std::string out;
    json::writer w(out);
    w.begin_object();
    w.key("a");
    w.begin_array();
    w.integer(1);
    w.floating(2.5);
    w.boolean(true);
    w.null();
    w.string("x");
    w.begin_array();
    w.end_array();
    w.begin_object();
    w.end_object();
    w.raw("[0]");
    w.write(std::vector<int>{1, 2});
    w.end_array();
    w.key("b,");
    w.string("ends in a comma,");
    w.key("c ");
    w.integer(-3);
    w.end_object();
    w.finish();
    CHECK(out == R"({"a":[1,2.5,true,null,"x",[],{},[0],[1,2]],"b,":"ends in a comma,","c ":-3})");
    CHECK(json::parse(out).is_object());
    const std::string long_raw = json::write(std::string(3000, 'y'));
    std::string more;
    json::writer v(more);
    v.begin_array();
    v.raw(long_raw);
    v.raw(long_raw);
    v.end_array();
    v.finish();
    CHECK(more == "[" + long_raw + "," + long_raw + "]");
}

TEST_CASE("a text that ends with a space is followed by a comma") {
    for (const unsigned indent : {0U, 1U}) {
        std::string out;
        json::writer w(out, json::write_options().indent(indent));
        w.begin_array();
        w.raw("{\"a\":1} ");
        w.raw(" 2  ");
        w.raw("\"" + std::string(600, 'x') + "\" ");
        w.integer(3);
        w.end_array();
        w.finish();
        CHECK(json::parse(out).size() == 4);
    }
}

TEST_CASE("a refusal names what stands next, also behind another value") {
    const auto path = [](auto write, unsigned indent) {
        std::string out;
        json::writer w(out, json::write_options().indent(indent));
        try {
            write(w);
        } catch (const json::error& e) {
            return std::string(e.path());
        }
        return std::string("accepted");
    };
    for (const unsigned indent : {0U, 2U}) {
        CHECK(path([](json::writer& w) { w.refuse("no"); }, indent) == "$");
        CHECK(path([](json::writer& w) { w.begin_array(), w.refuse("no"); }, indent) == "$[0]");
        CHECK(path([](json::writer& w) { w.begin_array(), w.integer(1), w.refuse("no"); }, indent) == "$[1]");
        CHECK(path([](json::writer& w) { w.begin_object(), w.key("a"), w.refuse("no"); }, indent) == "$.a");
        CHECK(path([](json::writer& w) { w.begin_object(), w.key("a"), w.integer(1), w.refuse("no"); }, indent) == "$");
        CHECK(path([](json::writer& w) { w.begin_array(), w.integer(1), w.string("a\xFF"); }, indent) == "$[1]");
        CHECK(path([](json::writer& w) { w.begin_array(), w.string("\xFF"); }, indent) == "$[0]");
    }
}

TEST_CASE("ranges and maps that contain themselves are refused") {
    ring r;
    r.push_back(std::shared_ptr<ring>(&r, [](ring*) {}));
    CHECK(refusal(r).ends_with("nested too deeply"));
    knot k;
    k.emplace("k", std::shared_ptr<knot>(&k, [](knot*) {}));
    CHECK(refusal(k).ends_with("nested too deeply"));
    CHECK(refusal(std::vector<std::vector<int>>{{1}}, json::write_options().max_depth(2)) == "accepted");
    CHECK(refusal(std::vector<std::vector<int>>{{1}}, json::write_options().max_depth(1)) ==
          "json: $[0]: nested too deeply");
}

TEST_CASE("texts of every length cross the writer's buffer") {
    std::vector<int> numbers;
    for (int i = 0; i < 1500; ++i) {
        numbers.push_back(i * 7919);
        if (json::read<std::vector<int>>(json::write(numbers)) != numbers) {
            FAIL(i);
        }
    }
}

TEST_CASE("with buffers reused neither writing nor reading allocates") {
    request sent{"request", 1234567, "resize", true, {}, 12.5};
    sent.args.emplace_back("img/0001.png");
    sent.args.emplace_back(std::int64_t(640));
    sent.args.emplace_back(0.333333333333);
    request received{};
    std::string out;
    const auto turn = [&] {
        out.clear();
        json::append(out, sent);
        json::read_into(received, out);
    };
    turn();
    const std::size_t before = support::allocation_count();
    for (int i = 0; i < 1000; ++i) {
        sent.id = i;
        turn();
    }
    CHECK(support::allocation_count() == before);
    CHECK(
        out ==
        R"({"type":"request","id":999,"method":"resize","ok":true,"args":["img/0001.png",640,0.333333333333],"t":12.5})");
    CHECK(json::write(received) == out);

    const json::value v = json::parse(out);
    const std::size_t before_value = support::allocation_count();
    out.clear();
    json::append(out, v);
    CHECK(support::allocation_count() == before_value);
    json::reader r(out);
    r.skip_value();
    CHECK(support::allocation_count() == before_value);
}
