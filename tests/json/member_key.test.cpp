// The names of members in compact texts, which are compared and copied by whole words.
#include "support/test.hpp"

#include <cohort/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace json = cohort::json;

namespace {

// Names around every border of the words: `,"name":` is four characters longer than the name.
struct lengths {
    int a = 1;
    int abc = 2;
    int abcd = 3;
    int abcde = 4;
    int abcdefghij = 5;
    int abcdefghijk = 6;
    int abcdefghijkl = 7;
    int abcdefghijklm = 8;
    int abcdefghijklmnopqrstuvwxyz_0123456789 = 9;
    bool operator==(const lengths&) const = default;
};

constexpr std::string_view text =
    R"({"a":1,"abc":2,"abcd":3,"abcde":4,"abcdefghij":5,"abcdefghijk":6,"abcdefghijkl":7,"abcdefghijklm":8,)"
    R"("abcdefghijklmnopqrstuvwxyz_0123456789":9})";

struct only {
    int x = 0;
};

}  // namespace

TEST_CASE("json: names of all lengths are written and read") {
    CHECK(json::write(lengths()) == text);
    lengths zeros{0, 0, 0, 0, 0, 0, 0, 0, 0};
    json::read_into(zeros, text);
    CHECK(zeros == lengths());
}

TEST_CASE("json: a name that differs in one character is another name") {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!((text[i] >= 'a' && text[i] <= 'z') || text[i] == '_')) continue;
        std::string other(text);
        other[i] = '%';
        lengths target;
        try {
            json::read_into(target, other);
            FAIL_CHECK("accepted: " << other);
        } catch (const json::error& e) {
            CHECK(e.reason() == json::errc::missing_member);
        }
    }
}

TEST_CASE("json: a text that ends in a name or behind it is refused at its end") {
    for (std::size_t size = 1; size < text.size(); ++size) {
        // On the heap in its exact size, where a sanitizer sees a read beyond it.
        const std::string cut(text.substr(0, size));
        const std::vector<char> exact(cut.begin(), cut.end());
        lengths target;
        try {
            json::read_into(target, std::string_view(exact.data(), exact.size()));
            FAIL_CHECK("accepted: " << cut);
        } catch (const json::error& e) {
            CHECK(e.reason() == json::errc::unexpected_end);
            CHECK(e.offset() == size);
        }
    }
}

TEST_CASE("json: the shortest object is read although no whole word is left behind its name") {
    CHECK(json::read<only>(R"({"x":7})").x == 7);
    CHECK(json::write(only{7}) == R"({"x":7})");
}

TEST_CASE("json: integers at the borders of their types, in all notations") {
    struct all {
        signed char c;
        unsigned short s;
        long long l;
        unsigned long long u;
    };
    const all low = json::read<all>(R"({"c":-128,"s":0,"l":-9223372036854775808,"u":0})");
    CHECK((low.c == -128 && low.s == 0 && low.l == -9223372036854775807LL - 1 && low.u == 0));
    const all high = json::read<all>(R"({"c":127,"s":65535,"l":9223372036854775807,"u":18446744073709551615})");
    CHECK((high.c == 127 && high.s == 65535 && high.l == 9223372036854775807LL && high.u == 18446744073709551615ULL));
    const all other = json::read<all>(R"({"c":-1.2e1,"s":2E3,"l":-0,"u":-0})");
    CHECK((other.c == -12 && other.s == 2000 && other.l == 0 && other.u == 0));
    for (const char* wrong : {R"({"c":128,"s":0,"l":0,"u":0})", R"({"c":-129,"s":0,"l":0,"u":0})",
                              R"({"c":0,"s":65536,"l":0,"u":0})", R"({"c":0,"s":-1,"l":0,"u":0})",
                              R"({"c":0,"s":0,"l":9223372036854775808,"u":0})", R"({"c":0,"s":0,"l":0,"u":-1})",
                              R"({"c":0,"s":0,"l":0,"u":18446744073709551616})", R"({"c":0.5,"s":0,"l":0,"u":0})"}) {
        try {
            json::read<all>(wrong);
            FAIL_CHECK("accepted: " << wrong);
        } catch (const json::error& e) {
            CHECK(e.reason() == json::errc::number_out_of_range);
        }
    }
}
