#include <cohort/json.hpp>

#include <array>
#include <chrono>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include "support/test.hpp"

namespace json = cohort::json;

namespace shapes {

enum class color : unsigned char { red, green = 5, blue };
enum class level : int { low = -3, high = 1000 };
enum old_style { first, second };
enum class opaque : int {};
struct circle {
    double r;
};
struct square {
    int side;
};
template <class T> struct box {
    T content;
};
struct empty {};
struct item {
    std::string name;
    double price;
    std::optional<int> count;
};
struct order {
    std::int64_t id;
    std::vector<item> items;
};
struct node {
    int v;
    std::vector<node> kids;
    std::unique_ptr<node> next;
};
struct strict {
    int a;
    int b = 7;
};
struct lenient {
    int a = 1;
    int b = 2;
    std::optional<int> c = 3;
};
struct renamed {
    int class_;
    std::string id;
};
struct wide {
    int m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16;
    int m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32;
};
class celsius {
public:
    explicit celsius(double degrees) : degrees_(degrees) {}
    celsius() : degrees_(0) {}
    double degrees() const { return degrees_; }

private:
    double degrees_;
};
class ticket {  // stands for a handle: kept outside the text, a number in it
public:
    ticket() = default;
    explicit ticket(int number) : number_(number) {}
    ticket(ticket&& other) noexcept : number_(other.number_) { other.number_ = -1; }
    ticket& operator=(ticket&& other) noexcept {
        number_ = other.number_;
        other.number_ = -1;
        return *this;
    }
    int number_ = -1;
};
struct letter {
    int id;
    ticket attachment;
    celsius warmth;
};

}  // namespace shapes

namespace cohort::json {

template <> struct adapter<shapes::celsius> {
    static void write(writer& w, const shapes::celsius& c) { w.floating(c.degrees()); }
    static shapes::celsius read(reader& r) {
        const std::size_t place = r.offset();
        const double degrees = r.read_double();
        if (degrees < -273.15) {
            r.refuse_at(place, "colder than possible");
        }
        return shapes::celsius(degrees);
    }
};
template <> struct adapter<shapes::ticket> {
    using list = std::vector<int>;
    static void write(writer& w, const shapes::ticket& t) {
        if (w.context() == nullptr) {
            w.refuse("this channel carries no tickets");
        }
        list& all = *static_cast<list*>(w.context());
        all.push_back(t.number_);
        w.integer(all.size() - 1);
    }
    static void read(reader& r, shapes::ticket& t) {
        t = shapes::ticket(static_cast<list*>(r.context())->at(r.read_integer<std::size_t>()));
    }
};
template <> struct options<shapes::strict> {
    static constexpr unknown_members unknown = unknown_members::refuse;
};
template <> struct options<shapes::lenient> {
    static constexpr missing_members missing = missing_members::keep;
    static constexpr empty_members empty = empty_members::null;
};
template <> struct options<shapes::renamed> {
    static constexpr std::string_view rename(std::string_view member) { return member == "class_" ? "class" : member; }
};
template <> struct options<shapes::old_style> {
    static constexpr enum_form enums = enum_form::number;
};
template <> struct enum_range<shapes::level> {
    static constexpr int min = -10;
    static constexpr int max = 1000;
};
template <> struct tag<shapes::square> {
    static constexpr std::string_view value = "sq";
};
template <> struct enum_range<shapes::old_style> {
    static constexpr int min = 0;
    static constexpr int max = 1;
};

}  // namespace cohort::json

using namespace shapes;
using namespace std::chrono_literals;

namespace {

template <class T>
std::string refusal(std::string_view text, const json::read_options& options = json::read_options()) {
    try {
        json::read<T>(text, options);
    } catch (const json::error& e) {
        return std::string(e.path()) + ": " + std::string(e.detail());
    }
    return "accepted";
}

/// Reads, writes, and reads again.
template <class T> std::string again(std::string_view text) {
    const T value = json::read<T>(text);
    const std::string written = json::write(value);
    CHECK(json::write(json::read<T>(written)) == written);
    const std::string pretty = json::write(value, json::write_options().indent(3));
    CHECK(json::write(json::read<T>(pretty)) == written);
    return written;
}

}  // namespace

TEST_CASE("scalars, text and null") {
    CHECK(again<bool>("true") == "true");
    CHECK(again<int>(" -12 ") == "-12");
    CHECK(again<signed char>("-128") == "-128");
    CHECK(again<unsigned long long>("18446744073709551615") == "18446744073709551615");
    CHECK(again<double>("1e3") == "1000.0");
    CHECK(again<double>("3") == "3.0");
    CHECK(again<float>("0.1") == "0.1");
    CHECK(again<std::string>("\"a\\u00e9\"") == "\"a\xC3\xA9\"");
    CHECK(again<std::nullptr_t>("null") == "null");
    CHECK(again<std::monostate>("null") == "null");
    CHECK(json::write("literal") == "\"literal\"");
    CHECK(json::write(std::string_view("view")) == "\"view\"");
    const char* none = nullptr;
    CHECK(json::write(none) == "null");
}

TEST_CASE("containers") {
    CHECK(again<std::vector<int>>("[1,2,3]") == "[1,2,3]");
    CHECK(again<std::vector<int>>("[]") == "[]");
    CHECK(again<std::vector<bool>>("[true,false]") == "[true,false]");
    CHECK(again<std::vector<std::byte>>("[1,255]") == "[1,255]");
    CHECK(again<std::deque<std::string>>("[\"a\"]") == "[\"a\"]");
    CHECK(again<std::list<double>>("[0.5]") == "[0.5]");
    CHECK(again<std::set<int>>("[3,1,3]") == "[1,3]");
    CHECK(again<std::array<int, 3>>("[1,2,3]") == "[1,2,3]");
    CHECK(again<std::array<int, 0>>("[]") == "[]");
    CHECK(again<std::map<std::string, int>>(R"({"b":1,"a":2})") == R"({"a":2,"b":1})");
    CHECK(again<std::unordered_map<std::string, std::vector<int>>>(R"({"b":[1]})") == R"({"b":[1]})");
    CHECK(again<std::tuple<int, std::string, bool>>("[1,\"x\",true]") == "[1,\"x\",true]");
    CHECK(again<std::pair<int, item>>(R"([1,{"name":"n","price":2}])") == R"([1,{"name":"n","price":2.0}])");
    CHECK(again<std::optional<int>>("null") == "null");
    CHECK(again<std::optional<int>>("5") == "5");
    CHECK(again<std::vector<std::optional<int>>>("[1,null]") == "[1,null]");
    CHECK(again<std::chrono::milliseconds>("1500") == "1500");
    CHECK(again<std::chrono::duration<double>>("1.5") == "1.5");
    CHECK(again<std::map<std::string, json::value>>(R"({"a":{"b":[1]}})") == R"({"a":{"b":[1]}})");
    CHECK(again<json::object>(R"({"z":1,"a":[2]})") == R"({"z":1,"a":[2]})");
    CHECK(again<json::array>("[1,[2]]") == "[1,[2]]");
    CHECK(json::read<std::map<std::string, int>>(R"({"a":1,"a":2})").at("a") == 2);
}

TEST_CASE("structs: nested, empty, generic, recursive, wide") {
    CHECK(again<order>(R"({"id":1,"items":[{"name":"a","price":1.5},{"name":"b","price":2,"count":3}]})") ==
          R"({"id":1,"items":[{"name":"a","price":1.5},{"name":"b","price":2.0,"count":3}]})");
    CHECK(again<order>(R"( { "items" : [ ] , "id" : 1 } )") == R"({"id":1,"items":[]})");
    CHECK(again<empty>("{}") == "{}");
    CHECK(again<empty>(R"({"x":[1]})") == "{}");
    CHECK(again<box<box<int>>>(R"({"content":{"content":4}})") == R"({"content":{"content":4}})");
    CHECK(again<node>(R"({"v":1,"kids":[{"v":2,"kids":[]}],"next":{"v":3,"kids":[]}})") ==
          R"({"v":1,"kids":[{"v":2,"kids":[]}],"next":{"v":3,"kids":[]}})");
    struct local {
        int x;
        std::string y;
    };
    CHECK(again<local>(R"({"y":"b","x":1})") == R"({"x":1,"y":"b"})");
    std::string text = "{";
    for (int i = 1; i <= 32; ++i) {
        text += (i > 1 ? ",\"m" : "\"m") + std::to_string(i) + "\":" + std::to_string(i * i);
    }
    text += "}";
    CHECK(again<wide>(text) == text);
    CHECK(json::read<wide>(text).m32 == 1024);
}

TEST_CASE("members in any order, with escapes in their names") {
    const std::string orders[] = {R"({"name":"n","price":1,"count":2})",
                                  R"({"count":2,"price":1,"name":"n"})",
                                  R"({"price":1,"name":"n","count":2})",
                                  R"({"n\u0061me":"n","\u0070rice":1,"count":2})",
                                  R"({"name":"n","x":[{}],"price":1,"y":"z","count":2})",
                                  "{\"name\" :\"n\",\"price\":1 ,\"count\":2}"};
    for (const std::string& text : orders) {
        CHECK(again<item>(text) == R"({"name":"n","price":1.0,"count":2})");
    }
}

TEST_CASE("enums by name, by number, by policy") {
    CHECK(again<color>("\"green\"") == "\"green\"");
    CHECK(again<color>("0") == "\"red\"");
    CHECK(again<color>("77") == "77");  // a value without a name stays a number
    CHECK(json::read<color>("6") == color::blue);
    CHECK(json::write(color::blue, json::write_options().enums(json::enum_form::number)) == "6");
    CHECK(again<level>("\"high\"") == "\"high\"");
    CHECK(again<level>("-3") == "\"low\"");
    CHECK(json::write(second) == "1");
    CHECK(json::read<old_style>("\"second\"") == second);
    CHECK(again<opaque>("12") == "12");
    CHECK(refusal<color>("\"mauve\"") == "$: unknown enumerator \"mauve\"");
    CHECK(refusal<color>("256") == "$: 256 is not an integer of 8 bits without sign");
    CHECK(refusal<opaque>("\"x\"") == "$: expected a number, found a string");
}

TEST_CASE("variants") {
    using any = std::variant<std::monostate, bool, int, double, std::string, std::vector<int>, circle, square>;
    CHECK(json::read<any>("null").index() == 0);
    CHECK(json::read<any>("true").index() == 1);
    CHECK(json::read<any>("5").index() == 2);
    CHECK(json::read<any>("5000000000").index() == 3);  // no int holds it
    CHECK(json::read<any>("5.0").index() == 3);
    CHECK(json::read<any>("\"s\"").index() == 4);
    CHECK(json::read<any>("[1]").index() == 5);
    CHECK(again<any>(R"({"type":"circle","r":2})") == R"({"type":"circle","r":2.0})");
    CHECK(again<any>(R"({"side":3,"type":"sq"})") == R"({"type":"sq","side":3})");
    CHECK(json::write(any(5.0)) == "5.0");
    CHECK(json::read<any>(json::write(any(5.0))).index() == 3);
    CHECK(refusal<any>(R"({"type":"cube","r":2})") == "$: no alternative of the variant has the tag \"cube\"");
    CHECK(refusal<any>(R"({"r":2})") == "$: no alternative of the variant has the tag \"\"");
    CHECK(refusal<any>(R"({"type":"circle","r":"x"})") == "$.r: expected a number, found a string");
    CHECK(refusal<std::variant<int, bool>>("\"x\"") == "$: no alternative of the variant fits a string");
    CHECK(refusal<std::variant<int, bool>>("1.5") == "$: no alternative of the variant fits a number");
    using named = std::variant<color, std::string>;
    CHECK(json::read<named>("\"red\"").index() == 0);
    CHECK(json::read<named>("\"rot\"").index() == 1);
    CHECK(json::read<std::variant<int, json::value>>("{}").index() == 1);
    CHECK(again<std::vector<std::variant<int, std::string>>>("[1,\"a\"]") == "[1,\"a\"]");
}

TEST_CASE("the alternative of a variant does not hang on the order where one goes before another") {
    using number = std::variant<double, int>;
    CHECK(json::read<number>("5").index() == 1);
    CHECK(json::read<number>("5.0").index() == 0);
    CHECK(json::read<number>("5000000000").index() == 0);
    CHECK(json::read<number>(json::write(number(5))) == number(5));
    CHECK(json::read<std::variant<float, bool>>("5").index() == 0);
    using named = std::variant<std::string, color>;
    CHECK(json::read<named>("\"red\"").index() == 1);
    CHECK(json::read<named>("\"rot\"").index() == 0);
    CHECK(json::read<named>(json::write(named(color::blue))) == named(color::blue));
    CHECK(json::read<std::variant<json::value, int>>("5").index() == 0);
}

TEST_CASE("an owner in a variant is read from whatever its content is") {
    using owned = std::variant<std::unique_ptr<int>, std::unique_ptr<std::string>, bool>;
    CHECK(again<owned>("5") == "5");
    CHECK(again<owned>("\"s\"") == "\"s\"");
    CHECK(again<owned>("true") == "true");
    CHECK(again<owned>("null") == "null");
    CHECK(refusal<owned>("[]") == "$: no alternative of the variant fits an array");
    CHECK(again<std::variant<int, std::unique_ptr<item>>>(R"({"name":"n","price":1.5})") ==
          R"({"name":"n","price":1.5})");
}

TEST_CASE("a second tag is a duplicate name") {
    using shape = std::variant<circle, square>;
    constexpr const char* twice = R"({"type":"circle","r":2,"type":"sq"})";
    CHECK(refusal<shape>(twice, json::read_options().duplicates(json::duplicates::refuse)) ==
          "$.type: duplicate member name");
    CHECK(json::read<shape>(R"({"type":"circle","r":2})",
                            json::read_options().duplicates(json::duplicates::refuse).unknown(
                                json::unknown_members::refuse))
              .index() == 0);
}

TEST_CASE("the detail of an error is nothing but that, whatever a name contains") {
    try {
        json::read<std::vector<color>>(R"(["a\u0000bcdef"])");
        FAIL("accepted");
    } catch (const json::error& e) {
        CHECK(std::string(e.detail()) == "unknown enumerator \"a");
        CHECK(e.path() == "$[0]");
    }
}

TEST_CASE("errors name the path") {
    CHECK(refusal<order>(R"({"id":1,"items":[{"name":"a","price":1},{"name":"b","price":"x"}]})") ==
          "$.items[1].price: expected a number, found a string");
    CHECK(refusal<order>(R"({"id":1,"items":[{"name":"a","price":1},{"name":"b"}]})") ==
          "$.items[1]: missing member \"price\"");
    CHECK(refusal<order>(R"({"id":1.5,"items":[]})") == "$.id: 1.5 is not an integer of 64 bits");
    CHECK(refusal<order>(R"({"id":null,"items":[]})") == "$.id: expected a number, found null");
    CHECK(refusal<order>("[]") == "$: expected an object, found an array");
    CHECK(refusal<std::map<std::string, std::vector<bool>>>(R"({"a b":[true,3]})") ==
          "$[\"a b\"][1]: expected a boolean, found a number");
    CHECK(refusal<std::array<int, 2>>("[1]") == "$: expected an array of 2 elements");
    CHECK(refusal<std::array<int, 2>>("[1,2,3]") == "$: expected an array of 2 elements");
    CHECK(refusal<std::pair<int, int>>("[1]") == "$: expected an array of 2 elements");
    CHECK(refusal<std::pair<int, int>>("[1,2,3]") == "$: expected an array of 2 elements");
    CHECK(refusal<order>(R"({"id":1,"items":[{"name":"\ud800","price":1}]})") == ": lone surrogate in a \\u escape");
    try {
        json::read<order>("{\"id\": 1,\n \"items\": [{\"name\": 3}]}");
        FAIL("accepted");
    } catch (const json::error& e) {
        CHECK(std::string(e.what()) ==
              "json: line 2, column 21 (offset 30): $.items[0].name: expected a string, found a number");
        CHECK(e.code() == json::errc::wrong_kind);
        CHECK(e.path() == "$.items[0].name");
    }
}

TEST_CASE("unknown, missing and duplicate members by policy") {
    CHECK(refusal<item>(R"({"name":"n","price":1,"x":{"y":[}}})") == ": expected a value");  // unknown is no excuse
    const json::read_options strictly = json::read_options().unknown(json::unknown_members::refuse);
    CHECK(refusal<item>(R"({"name":"n","price":1,"x":1})", strictly) == "$.x: unknown member");
    CHECK(refusal<strict>(R"({"a":1,"b":2,"c":3})") == "$.c: unknown member");
    CHECK(refusal<strict>(R"({"a":1})") == "$: missing member \"b\"");
    const json::read_options keep = json::read_options().missing(json::missing_members::keep);
    CHECK(json::read<strict>(R"({"a":1})", keep).b == 7);
    const lenient l = json::read<lenient>("{}");
    CHECK((l.a == 1 && l.b == 2 && l.c == 3));
    CHECK(json::write(lenient{1, 2, std::nullopt}) == R"({"a":1,"b":2,"c":null})");
    const json::read_options once = json::read_options().duplicates(json::duplicates::refuse);
    CHECK(refusal<strict>(R"({"a":1,"b":2,"a":3})", once) == "$.a: duplicate member name");
    CHECK(json::read<strict>(R"({"a":1,"b":2,"a":3})").a == 3);
    CHECK(refusal<std::map<std::string, int>>(R"({"a":1,"a":2})", once) == "$.a: duplicate member name");
    CHECK(again<renamed>(R"({"id":"x","class":4})") == R"({"class":4,"id":"x"})");
}

TEST_CASE("an absent optional member does not keep what an earlier message left") {
    item i{"old", 1, 5};
    json::read_into(i, R"({"name":"new","price":2})");
    CHECK_FALSE(i.count.has_value());
    i.count = 5;
    json::read_into(i, R"({"name":"new","price":2})", json::read_options().missing(json::missing_members::keep));
    CHECK(i.count == 5);
}

TEST_CASE("adapters, with a context") {
    std::vector<int> carried;
    std::string out;
    const letter sent{1, ticket(42), celsius(20.5)};
    json::append(out, sent, json::write_options().context(&carried));
    CHECK(out == R"({"id":1,"attachment":0,"warmth":20.5})");
    CHECK(carried == std::vector<int>{42});
    letter received{0, ticket(), celsius()};
    json::read_into(received, out, json::read_options().context(&carried));
    CHECK(received.attachment.number_ == 42);
    CHECK(received.warmth.degrees() == 20.5);
    try {
        json::append(out, sent);
        FAIL("accepted");
    } catch (const json::error& e) {
        CHECK(std::string(e.what()) == "json: $.attachment: this channel carries no tickets");
    }
    CHECK(out == R"({"id":1,"attachment":0,"warmth":20.5})");  // as before the failure
    CHECK(refusal<std::vector<celsius>>("[1,-300]") == "$[1]: colder than possible");
}

TEST_CASE("recursive structs stop at the depth limit") {
    std::string text;
    for (int i = 0; i < 100000; ++i) {
        text += R"({"v":1,"kids":[)";
    }
    CHECK_THROWS_AS(json::read<node>(text), json::error);
    node root{1, {}, nullptr};
    node* last = &root;
    for (int i = 0; i < 600; ++i) {
        last->next.reset(new node{i, {}, nullptr});
        last = last->next.get();
    }
    CHECK_THROWS_AS(json::write(root), json::error);
    CHECK(json::write(root, json::write_options().max_depth(700)).size() > 600);
}

TEST_CASE("the reader, pulled by hand") {
    json::reader r(R"({"id":7,"list":[1,2.5,"x"],"raw":{"a":[1, 2]},"n":null})");
    std::string seen;
    r.begin_object();
    for (std::string_view name; r.next_member(name);) {
        seen += name;
        if (name == "id") {
            CHECK(r.read_int64() == 7);
        } else if (name == "list") {
            r.begin_array();
            CHECK(r.next_element());
            CHECK(r.read_uint64() == 1);
            CHECK(r.next_element());
            CHECK(r.read_double() == 2.5);
            CHECK(r.next_element());
            CHECK(r.peek() == json::kind::string);
            CHECK(r.read_string_view() == "x");
            CHECK_FALSE(r.next_element());
        } else if (name == "raw") {
            CHECK(r.raw_value() == R"({"a":[1, 2]})");
        } else {
            CHECK(r.read_null());
        }
    }
    r.finish();
    CHECK(seen == "idlistrawn");
}
