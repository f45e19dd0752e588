#include <cohort/json.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "support/test.hpp"

namespace json = cohort::json;

namespace {

std::string random_text(std::mt19937_64& random) {
    std::string text;
    for (std::uint64_t left = random() % 20; left > 0; --left) {
        std::uint32_t point = static_cast<std::uint32_t>(random() % 0x110000 >> random() % 15);
        point = point >= 0xD800 && point <= 0xDFFF ? 0xD7FF : point;
        json::detail::append_utf8(text, point);
    }
    return text;
}

json::value random_value(std::mt19937_64& random, int depth) {
    switch (random() % (depth > 0 ? 9 : 7)) {
    case 0: return json::value();
    case 1: return json::value(random() % 2 == 0);
    case 2: return json::value(static_cast<std::int64_t>(random()) >> random() % 64);
    case 3: return json::value(random());
    case 4: return json::value(static_cast<double>(static_cast<std::int64_t>(random()) >> random() % 64) / 1000);
    case 5: {
        const double number = std::bit_cast<double>(random());
        return json::value(std::isfinite(number) ? number : 0.5);
    }
    case 6: return json::value(random_text(random));
    case 7: {
        json::array all;
        for (std::uint64_t left = random() % 6; left > 0; --left) {
            all.push_back(random_value(random, depth - 1));
        }
        return json::value(std::move(all));
    }
    default: {
        json::object all;
        for (std::uint64_t left = random() % (random() % 20 == 0 ? 60 : 6); left > 0; --left) {
            all.set(random_text(random), random_value(random, depth - 1));
        }
        return json::value(std::move(all));
    }
    }
}

struct leaf {
    int n;
    std::optional<std::string> s;
};
struct sample {
    std::vector<leaf> leaves;
    std::variant<int, std::string, leaf, std::vector<double>> v;
    json::value any;
    bool b;
};

}  // namespace

TEST_CASE("random values survive writing and parsing, compact and pretty") {
    std::mt19937_64 random(2024);
    for (int i = 0; i < 20000; ++i) {
        const json::value v = random_value(random, 5);
        const std::string text = json::write(v);
        const json::value back = json::parse(text);
        if (!(back == v) || json::write(back) != text) {
            FAIL(text);
        }
        const std::string pretty = json::write(v, json::write_options().indent(static_cast<unsigned>(random() % 5)));
        if (!(json::parse(pretty) == v)) {
            FAIL(pretty);
        }
        const json::value copy = v;
        if (!(copy == v)) {
            FAIL(text);
        }
    }
}

TEST_CASE("mutated texts are accepted or refused, never anything else") {
    std::mt19937_64 random(99);
    std::size_t accepted = 0;
    std::size_t refused = 0;
    constexpr char marks[] = "{}[],:\"\\ue0-+.tfn19 \n\x80\xC3\x01";
    for (int i = 0; i < 40000; ++i) {
        std::string text =
            i % 2 == 0 ? json::write(random_value(random, 4))
                       : R"({"leaves":[{"n":1,"s":"x"},{"n":2}],"v":{"type":"leaf","n":3},"any":[1,{}],"b":true})";
        for (std::uint64_t left = random() % 4 + 1; left > 0 && !text.empty(); --left) {
            const std::size_t at = random() % text.size();
            const char c = marks[random() % (sizeof marks - 1)];
            switch (random() % 3) {
            case 0: text[at] = c; break;
            case 1: text.erase(at, random() % 3); break;
            default: text.insert(at, 1, c); break;
            }
        }
        bool parsed = true;
        try {
            const json::value v = json::parse(text);
            if (!(json::parse(json::write(v)) == v)) {
                FAIL(text);
            }
        } catch (const json::error& e) {
            parsed = false;
            if (e.offset() > text.size() || e.line() == 0) {
                FAIL(text << ": " << e.what());
            }
        }
        bool skipped = true;
        try {
            json::reader r(text);
            r.skip_value();
            r.finish();
        } catch (const json::error&) {
            skipped = false;
        }
        if (parsed != skipped) {
            FAIL("parse and skip differ on: " << text);
        }
        try {
            const sample s = json::read<sample>(text);
            if (!parsed) {
                FAIL("typed read accepts what parse refuses: " << text);
            }
            const std::string again = json::write(s);
            if (json::write(json::read<sample>(again)) != again) {
                FAIL(again);
            }
        } catch (const json::error&) {}
        ++(parsed ? accepted : refused);
    }
    CHECK(accepted > 1000);
    CHECK(refused > 1000);
}
