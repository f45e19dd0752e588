#include <cohort/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "support/test.hpp"

namespace json = cohort::json;
using namespace std::string_view_literals;

namespace {

/// The same text through the three ways that go over a text; they must agree.
bool accepted(std::string_view text) {
    bool parsed = true;
    try {
        json::parse(text);
    } catch (const json::error&) {
        parsed = false;
    }
    bool skipped = true;
    try {
        json::reader r(text);
        r.skip_value();
        r.finish();
    } catch (const json::error&) {
        skipped = false;
    }
    INFO("text: " << text);
    CHECK(parsed == skipped);
    return parsed;
}

std::string message_of(std::string_view text, const json::read_options& options = json::read_options()) {
    try {
        json::parse(text, options);
    } catch (const json::error& e) {
        return e.what();
    }
    return "accepted";
}

const std::string_view good[] = {
    // scalars at the top
    "null"sv,
    "true"sv,
    "false"sv,
    "0"sv,
    "-0"sv,
    "1"sv,
    "-1"sv,
    "\"\""sv,
    "\"a\""sv,
    "[]"sv,
    "{}"sv,
    // white space
    " null"sv,
    "null "sv,
    "\tnull\n"sv,
    "\r\n0\r\n"sv,
    " [ ] "sv,
    " { } "sv,
    "[\n1\t,\r2 ]"sv,
    "{ \"a\" : 1 }"sv,
    "{\"a\"\n:\n1\n,\n\"b\"\n:\n2\n}"sv,
    // numbers
    "12"sv,
    "120"sv,
    "1.0"sv,
    "0.0"sv,
    "-0.0"sv,
    "0.1"sv,
    "10.01"sv,
    "1e1"sv,
    "1E1"sv,
    "1e+1"sv,
    "1e-1"sv,
    "1E+01"sv,
    "0e0"sv,
    "0e+00"sv,
    "-0e-0"sv,
    "1.5e300"sv,
    "123.456e-7"sv,
    "1e-400"sv,
    "-1e-400"sv,
    "1e0000000000000000001"sv,
    "0e99999999999999999999"sv,
    "0.000e9999999"sv,
    "9223372036854775807"sv,
    "9223372036854775808"sv,
    "-9223372036854775808"sv,
    "-9223372036854775809"sv,
    "18446744073709551615"sv,
    "18446744073709551616"sv,
    "100000000000000000000000000000000"sv,
    "0.00000000000000000000000000000000000000001"sv,
    "1.7976931348623157e308"sv,
    "5e-324"sv,
    "2.2250738585072011e-308"sv,
    // strings
    "\"\\\"\""sv,
    "\"\\\\\""sv,
    "\"\\/\""sv,
    "\"\\b\\f\\n\\r\\t\""sv,
    "\"\\u0000\""sv,
    "\"\\u00e9\""sv,
    "\"\\uFFFF\""sv,
    "\"\\uD83D\\uDE00\""sv,
    "\"\\ud83d\\ude00\""sv,
    "\"\\uDBFF\\uDFFF\""sv,
    "\"\\uD800\\uDC00\""sv,
    "\"/\""sv,
    "\"\x7f\""sv,
    "\"\xC3\xA9\""sv,
    "\"\xE2\x82\xAC\""sv,
    "\"\xF0\x9F\x98\x80\""sv,
    "\"\xEF\xBF\xBF\""sv,
    "\"\xEF\xBB\xBF\""sv,
    "\"\xE2\x80\xA8\""sv,
    "\"a string of more than eight bytes\""sv,
    "\"[{]},:\""sv,
    "\"\\u0061\\u30af\\u30EA\""sv,
    "\"\\\\u0061\""sv,
    "\"12345678\""sv,
    "\"1234567\\n\""sv,
    "\"12345678\\n\""sv,
    // arrays
    "[1]"sv,
    "[1,2]"sv,
    "[null,true,false,0,\"\",[],{}]"sv,
    "[[[[]]]]"sv,
    "[[],[]]"sv,
    "[\"a\",[1],{\"b\":2}]"sv,
    "[ 1 , 2 ]"sv,
    // objects
    "{\"a\":1}"sv,
    "{\"\":0}"sv,
    "{\"a\":1,\"b\":2}"sv,
    "{\"a\":{\"a\":{\"a\":{}}}}"sv,
    "{\"a\":[]}"sv,
    "{\"a\":1,\"a\":2}"sv,
    "{\"\\u0061\":1}"sv,
    "{\"a b\":null}"sv,
    "{\"\xC3\xA9\":1}"sv,
    "{\"x\":[{\"id\":\"1\"}],\"id\":\"2\"}"sv,
};

const std::string_view bad[] = {
    // nothing, or not a value
    ""sv,
    " "sv,
    "\n"sv,
    "nul"sv,
    "nulll"sv,
    "Null"sv,
    "NULL"sv,
    "tru"sv,
    "True"sv,
    "truee"sv,
    "fals"sv,
    "falsy"sv,
    "n"sv,
    "t"sv,
    "undefined"sv,
    "NaN"sv,
    "Infinity"sv,
    "-Infinity"sv,
    "nan"sv,
    "-"sv,
    "+"sv,
    "."sv,
    "*"sv,
    "'a'"sv,
    "a"sv,
    "\\"sv,
    ","sv,
    ":"sv,
    "]"sv,
    "}"sv,
    "<null>"sv,
    "\0"sv,
    "null\0"sv,
    "\xA0"sv,
    "\xC2\xA0null"sv,
    "\x0Bnull"sv,
    "\x0Cnull"sv,
    // after the value
    "1 2"sv,
    "1,"sv,
    "null null"sv,
    "[]]"sv,
    "[][]"sv,
    "{}}"sv,
    "{}{}"sv,
    "\"a\"b"sv,
    "\"a\"\"b\""sv,
    "[1]x"sv,
    "{\"a\":1}#"sv,
    "1 // comment"sv,
    "/* c */ 1"sv,
    "true false"sv,
    // numbers
    "+1"sv,
    "01"sv,
    "-01"sv,
    "00"sv,
    "-00"sv,
    "012"sv,
    "1."sv,
    "-1."sv,
    ".5"sv,
    "-.5"sv,
    "1.e1"sv,
    "0.e1"sv,
    "1e"sv,
    "1e+"sv,
    "1e-"sv,
    "1E"sv,
    "1.5e"sv,
    "1e1.5"sv,
    "1ee1"sv,
    "1e+-1"sv,
    "--1"sv,
    "- 1"sv,
    "-a"sv,
    "1a"sv,
    "0x10"sv,
    "0b1"sv,
    "1_000"sv,
    "1 000"sv,
    "1,000"sv,
    "1.2.3"sv,
    "0.1.2"sv,
    "1+2"sv,
    "1-2"sv,
    "1e400"sv,
    "-1e400"sv,
    "1.8e308"sv,
    "9.9e99999999999"sv,
    "1f"sv,
    "1L"sv,
    "\xEF\xBC\x91"sv,
    "2.e3"sv,
    "0e"sv,
    "-0e+"sv,
    // strings
    "\""sv,
    "\"a"sv,
    "\"\\\""sv,
    "\"\\"sv,
    "\"\\a\""sv,
    "\"\\x41\""sv,
    "\"\\0\""sv,
    "\"\\'\""sv,
    "\"\\U0041\""sv,
    "\"\\ \""sv,
    "\"\\u\""sv,
    "\"\\u0\""sv,
    "\"\\u00\""sv,
    "\"\\u004\""sv,
    "\"\\u004g\""sv,
    "\"\\u+041\""sv,
    "\"\\u 041\""sv,
    "\"\\u00"sv,
    "\"\\uD800\""sv,
    "\"\\uDC00\""sv,
    "\"\\uDFFF\""sv,
    "\"\\uD800\\n\""sv,
    "\"\\uD800\\uD800\""sv,
    "\"\\uD800\\u0041\""sv,
    "\"\\uD83Dx\""sv,
    "\"\\uD83D\\\""sv,
    "\"\\uD83D\\u\""sv,
    "\"\\uDE00\\uD83D\""sv,
    "\"\\uD83D\\uDE0\""sv,
    "\"a\nb\""sv,
    "\"a\tb\""sv,
    "\"a\rb\""sv,
    "\"\0\""sv,
    "\"\x1f\""sv,
    "\"\x01\""sv,
    "\"12345678\x1f\""sv,
    "\"1234567\n\""sv,
    "'single'"sv,
    "\"\\\xC3\xA9\""sv,
    "\"\\u00\xC3\xA9\""sv,
    "\"\x80\""sv,
    "\"\xC0\xAF\""sv,
    "\"\xE9\""sv,
    // arrays
    "["sv,
    "[ "sv,
    "[1"sv,
    "[1,"sv,
    "[,"sv,
    "[,]"sv,
    "[,1]"sv,
    "[1,]"sv,
    "[1,,2]"sv,
    "[1 2]"sv,
    "[1;2]"sv,
    "[1:2]"sv,
    "[1}"sv,
    "[\"a\" \"b\"]"sv,
    "[[]"sv,
    "[[]["sv,
    "[\"\",]"sv,
    "[*]"sv,
    "[a]"sv,
    "[\"a\""sv,
    "[nul]"sv,
    "[\"x\"\"y\"]"sv,
    "(1)"sv,
    "[1}]"sv,
    "[...]"sv,
    "[- 1]"sv,
    // objects
    "{"sv,
    "{ "sv,
    "{\"a\""sv,
    "{\"a\":"sv,
    "{\"a\":1"sv,
    "{\"a\":1,"sv,
    "{,}"sv,
    "{\"a\":1,}"sv,
    "{\"a\":1,,\"b\":2}"sv,
    "{\"a\" 1}"sv,
    "{\"a\":}"sv,
    "{\"a\"}"sv,
    "{:1}"sv,
    "{1:1}"sv,
    "{null:1}"sv,
    "{a:1}"sv,
    "{'a':1}"sv,
    "{\"a\":1 \"b\":2}"sv,
    "{\"a\"::1}"sv,
    "{\"a\":1:2}"sv,
    "{\"a\",1}"sv,
    "{\"a\":1;\"b\":2}"sv,
    "{\"a\":1]"sv,
    "{[]:1}"sv,
    "{\"a\":a}"sv,
    "{\"a\n\":1}"sv,
    "{\"\\uD800\":1}"sv,
    "{\"a\":\"b}"sv,
    "{\"a\": // c\n 1}"sv,
    "{\"a\"=1}"sv,
    "{{}}"sv,
    "{\"a\":{}"sv,
    "{}["sv,
    "{\"\xFF\":1}"sv,
};

std::string nested(std::size_t depth, char open, char close) {
    return std::string(depth, open) + std::string(depth, close);
}

}  // namespace

TEST_CASE("texts of the grammar are accepted") {
    for (std::string_view text : good) {
        INFO("text: " << text);
        CHECK(accepted(text));
    }
}

TEST_CASE("what is not in the grammar is refused") {
    for (std::string_view text : bad) {
        INFO("text: " << text);
        CHECK_FALSE(accepted(text));
    }
    CHECK(std::size(good) + std::size(bad) >= 250);
}

TEST_CASE("no proper beginning of a container or a string is a text") {
    const std::string whole = R"({"a":[1,2.5e3,"x\u00e9\ud83d\ude00",true,null,{"b":{}}],"":"\\"})";
    REQUIRE(accepted(whole));
    for (std::size_t n = 0; n < whole.size(); ++n) {
        CHECK_FALSE(accepted(std::string_view(whole).substr(0, n)));
    }
}

TEST_CASE("errors say where they are") {
    CHECK(message_of("{\"a\": 1,\n \"b\": 2\n \"c\": 3}") ==
          "json: line 3, column 2 (offset 18): expected ',' or '}' in an object");
    CHECK(message_of("[1, 2") ==
          "json: line 1, column 6 (offset 5): unexpected end of text, expected ',' or ']' in an array");
    CHECK(message_of("[1 2]") == "json: line 1, column 4 (offset 3): expected ',' or ']' in an array");
    CHECK(message_of("") == "json: line 1, column 1 (offset 0): unexpected end of text");
    CHECK(message_of("\n\n  x") == "json: line 3, column 3 (offset 4): expected a value");
    CHECK(message_of("[01]") == "json: line 1, column 3 (offset 2): malformed number");
    CHECK(message_of("[1.x]") == "json: line 1, column 4 (offset 3): malformed number");
    CHECK(message_of("[tru]") == "json: line 1, column 2 (offset 1): expected 'true', 'false' or 'null'");
    CHECK(message_of("{\"a\" 1}") == "json: line 1, column 6 (offset 5): expected ':' after a member name");
    CHECK(message_of("{\"a\":1,}") == "json: line 1, column 8 (offset 7): expected a member name in double quotes");
    CHECK(message_of("1 2") == "json: line 1, column 3 (offset 2): unexpected text after the value");
    CHECK(message_of("\"ab\\qc\"") == "json: line 1, column 4 (offset 3): unknown escape sequence in a string");
    CHECK(message_of("\"\xC3\xA9\xFF\"") == "json: line 1, column 4 (offset 3): invalid UTF-8 in a string");
    CHECK(message_of("\"a\x01\"") ==
          "json: line 1, column 3 (offset 2): control character in a string, it must be escaped");
    CHECK(message_of("[\"\\uD800x\"]") == "json: line 1, column 3 (offset 2): lone surrogate in a \\u escape");
    CHECK(message_of("\xEF\xBB\xBF{}") ==
          "json: line 1, column 1 (offset 0): a byte order mark is not allowed before JSON text");
    CHECK(message_of("{\"a\":[1e999]}") == "json: line 1, column 7 (offset 6): $.a[0]: number out of range");
    CHECK(message_of(R"({"a\"b":[1e999]})") ==
          R"(json: line 1, column 10 (offset 9): $["a\"b"][0]: number out of range)");
    CHECK(message_of(R"(["\\","\"],[",1e999])") == "json: line 1, column 15 (offset 14): $[2]: number out of range");
    try {
        json::parse("[\n1,\n}");
        FAIL("accepted");
    } catch (const json::error& e) {
        CHECK(e.line() == 3);
        CHECK(e.column() == 1);
        CHECK(e.offset() == 5);
        CHECK(e.reason() == json::errc::expected_value);
        CHECK(e.code() == json::errc::expected_value);
        CHECK(e.code().category().name() == "json"sv);
        CHECK(e.detail() == "expected a value");
    }
}

TEST_CASE("depth is limited before any stack is used") {
    CHECK(json::parse(nested(511, '[', ']')).is_array());
    CHECK(json::parse(nested(512, '[', ']')).is_array());
    CHECK(message_of(nested(513, '[', ']')) == "json: line 1, column 513 (offset 512): nested too deeply");
    CHECK(message_of(std::string(100000, '[')) == "json: line 1, column 513 (offset 512): nested too deeply");
    CHECK(message_of(std::string(100000, '[') + "1") == "json: line 1, column 513 (offset 512): nested too deeply");
    std::string objects;
    for (int i = 0; i < 3; ++i) {
        objects += "{\"a\":";
    }
    objects += "1}}}";
    CHECK(json::parse(objects, json::limits().max_depth(3)).is_object());
    CHECK(message_of(objects, json::limits().max_depth(2)) == "json: line 1, column 11 (offset 10): nested too deeply");
    CHECK(json::parse("1", json::limits().max_depth(0)).is_number());
    CHECK(message_of("[]", json::limits().max_depth(0)) == "json: line 1, column 1 (offset 0): nested too deeply");
    // Depth is nesting, not the number of containers.
    std::string flat = "[";
    for (int i = 0; i < 2000; ++i) {
        flat += "[],{},";
    }
    CHECK(json::parse(flat + "[]]").size() == 4001);
    const std::string deeper = nested(513, '[', ']');
    json::reader r(deeper);
    CHECK_THROWS_AS(r.skip_value(), json::error);
}

TEST_CASE("size is limited") {
    CHECK(json::parse("[1,2]", json::limits().max_size(5)).size() == 2);
    CHECK(message_of("[1,2]", json::limits().max_size(4)) ==
          "json: line 1, column 1 (offset 0): text larger than the limit");
}

TEST_CASE("duplicate names: the last one wins, or they are refused") {
    const json::value v = json::parse(R"({"a":1,"b":2,"a":[3]})");
    CHECK(v.size() == 2);
    CHECK(v["a"][0] == 3);
    CHECK(json::write(v) == R"({"a":[3],"b":2})");
    CHECK(message_of("{\"x\":{\"a\":1,\"\\u0061\":2}}", json::read_options().duplicates(json::duplicates::refuse)) ==
          "json: line 1, column 22 (offset 21): $.x[\"\\u0061\"]: duplicate member name");
}
