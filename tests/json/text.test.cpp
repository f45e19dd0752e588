#include <cohort/json.hpp>

#include <cstdint>
#include <string>

#include "support/test.hpp"

namespace json = cohort::json;

namespace {

/// Straight from the definition of UTF-8, as slow as it is plain.
bool valid_utf8(const std::string& s) {
    for (std::size_t i = 0; i < s.size();) {
        const auto byte = [&](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(s[at])); };
        const unsigned lead = byte(i);
        const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
        if (length == 0 || i + length > s.size()) {
            return false;
        }
        std::uint32_t point = length == 1 ? lead : lead & (0x7Fu >> length);
        for (std::size_t k = 1; k < length; ++k) {
            if (byte(i + k) >> 6 != 2) {
                return false;
            }
            point = point << 6 | (byte(i + k) & 0x3F);
        }
        const std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        if (point < least[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
            return false;
        }
        i += length;
    }
    return true;
}

bool reads(const std::string& content) {
    try {
        return json::read<std::string>('"' + content + '"') == content;
    } catch (const json::error&) {
        return false;
    }
}

bool writes(const std::string& content) {
    try {
        return json::write(content) == '"' + content + '"';
    } catch (const json::error& e) {
        CHECK(e.reason() == json::errc::bad_utf8);
        return false;
    }
}

}  // namespace

TEST_CASE("every two bytes: UTF-8 is accepted exactly where it is valid, read and written") {
    for (unsigned a = 0x80; a < 0x100; ++a) {
        for (unsigned b = 0; b < 0x100; ++b) {
            if (b < 0x20 || b == '"' || b == '\\') {
                continue;
            }
            const std::string s{static_cast<char>(a), static_cast<char>(b)};
            if (reads(s) != valid_utf8(s) || writes(s) != valid_utf8(s)) {
                FAIL("bytes " << a << ' ' << b);
            }
        }
    }
}

TEST_CASE("every three-byte lead and edge bytes of four-byte sequences") {
    const unsigned edges[] = {0x00 + '!', 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
    for (unsigned lead = 0xE0; lead < 0x100; ++lead) {
        for (unsigned b : edges) {
            for (unsigned c : edges) {
                const std::string three{static_cast<char>(lead), static_cast<char>(b), static_cast<char>(c)};
                if (reads(three) != valid_utf8(three) || writes(three) != valid_utf8(three)) {
                    FAIL("bytes " << lead << ' ' << b << ' ' << c);
                }
                for (unsigned d : edges) {
                    const std::string four = three + static_cast<char>(d);
                    if (reads(four) != valid_utf8(four) || writes(four) != valid_utf8(four)) {
                        FAIL("bytes " << lead << ' ' << b << ' ' << c << ' ' << d);
                    }
                }
            }
        }
    }
}

TEST_CASE("every code point by escape and by bytes") {
    static constexpr char hex[] = "0123456789aBcDeF";
    const auto unit = [](std::uint32_t u) {
        return std::string("\\u") + hex[u >> 12 & 15] + hex[u >> 8 & 15] + hex[u >> 4 & 15] + hex[u & 15];
    };
    for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
        if (point >= 0xD800 && point <= 0xDFFF) {
            continue;
        }
        std::string bytes;
        json::detail::append_utf8(bytes, point);
        const std::string escaped =
            point < 0x10000 ? unit(point) : unit(0xD800 + ((point - 0x10000) >> 10)) + unit(0xDC00 + (point & 0x3FF));
        if (!valid_utf8(bytes) || json::read<std::string>('"' + escaped + '"') != bytes ||
            json::read<std::string>(json::write(bytes)) != bytes) {
            FAIL("code point " << point);
        }
    }
}

TEST_CASE("the writer escapes what must be escaped and nothing else") {
    CHECK(json::write("\"\\/\b\f\n\r\t") == R"("\"\\/\b\f\n\r\t")");
    CHECK(json::write(std::string(1, '\0')) == R"("\u0000")");
    CHECK(json::write("\x01\x1f\x7f") == "\"\\u0001\\u001f\x7f\"");
    CHECK(json::write("\xC3\xA9\xE2\x80\xA8\xF0\x9F\x98\x80") == "\"\xC3\xA9\xE2\x80\xA8\xF0\x9F\x98\x80\"");
    for (int c = 0; c < 0x80; ++c) {
        for (std::size_t before = 0; before < 20; ++before) {  // at every place of the eight-byte steps
            const std::string s = std::string(before, 'x') + static_cast<char>(c) + std::string(19 - before, 'y');
            if (json::read<std::string>(json::write(s)) != s) {
                FAIL("character " << c << " at " << before);
            }
        }
    }
}

TEST_CASE("every control character is refused inside a string, at every place") {
    for (int c = 0; c < 0x20; ++c) {
        for (std::size_t before = 0; before < 20; ++before) {
            const std::string s = std::string(before, 'x') + static_cast<char>(c) + std::string(19 - before, 'y');
            try {
                json::read<std::string>('"' + s + '"');
                FAIL("accepted " << c);
            } catch (const json::error& e) {
                if (e.reason() != json::errc::control_character || e.offset() != before + 1) {
                    FAIL(e.what());
                }
            }
        }
    }
}

TEST_CASE("bad text may be replaced") {
    const json::write_options replace = json::write_options().bad_text(json::bad_text::replace);
    CHECK(json::write("a\xFF"
                      "b\xC3",
                      replace) == "\"a\xEF\xBF\xBD"
                                  "b\xEF\xBF\xBD\"");
    CHECK(json::write("\xED\xA0\x80", replace) == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST_CASE("long strings pass through the writer's buffer") {
    for (std::size_t size : {1000u, 1020u, 1021u, 1022u, 1023u, 1024u, 1025u, 5000u}) {
        for (const char* filler : {"x", "\n", "\xC3\xA9", "\x01", "12345678\""}) {
            std::string s;
            while (s.size() < size) {
                s += filler;
            }
            CHECK(json::read<std::string>(json::write(s)) == s);
            CHECK(json::parse(json::write(json::make_array(s, s, 1))) == json::make_array(s, s, 1));
        }
    }
}
