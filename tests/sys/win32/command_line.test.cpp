#include <cohort/sys/win32/command_line.hpp>

#include "sys/win32/launch.hpp"

#include <random>

namespace sys = cohort::sys;
using support::launch;

namespace {

using words = std::vector<std::string>;

words split(const std::wstring& line) {
    words found;
    sys::split_command_line(line, [&](std::string word) { found.push_back(std::move(word)); });
    return found;
}

std::wstring joined(const words& list) {
    std::wstring line;
    REQUIRE(sys::detail::append_program(line, sys::wide(list.front())));
    for (std::size_t i = 1; i < list.size(); ++i) {
        line += L' ';
        sys::detail::append_argument(line, sys::wide(list[i]));
    }
    return line;
}

/// Characters that quoting is about come often; the others are of every length in UTF-8, but for zero.
std::string random_word(std::mt19937& random) {
    static constexpr char32_t special[] = U"\\\\\\\"\"\" \t\n\v%^&|<>()!*?'`$=,;";
    std::wstring text;
    for (std::size_t length = random() % 12; length > 0; --length) {
        char32_t c = special[random() % (sizeof special / sizeof *special - 1)];
        if (random() % 3 == 0) c = 1 + random() % 0x7F;
        if (random() % 8 == 0) c = 1 + random() % 0x10FFFF;
        if (c < 0x10000) {
            text += wchar_t(c);
        } else {
            text += wchar_t(0xD800 + ((c - 0x10000) >> 10));
            text += wchar_t(0xDC00 + ((c - 0x10000) & 0x3FF));
        }
    }
    return sys::narrow(text);
}

words random_list(std::mt19937& random) {
    words list{"program"};
    for (std::size_t count = random() % 8; count > 0; --count) list.push_back(random_word(random));
    return list;
}

/// Writes its arguments as the system has them, each with a zero byte after it.
const support::child_role print_line("print-line", [](int, char**) -> int {
    words own = split(::GetCommandLineW());
    std::string text;
    for (std::size_t i = 3; i < own.size(); ++i) text += own[i] + '\0';
    support::say(text);
    return 0;
});

}  // namespace

TEST_CASE("a line is taken apart as the C library does it") {
    CHECK(split(L"\"a b\"c d") == words{"a bc", "d"});
    CHECK(split(L"p \"\" a\"b c\"d") == words{"p", "", "ab cd"});
    CHECK(split(L"p a\\\\b \\\\\"c d\" \\\"e") == words{"p", "a\\\\b", "\\c d", "\"e"});
    CHECK(split(L"p \"a\"\"b\" c\\") == words{"p", "a\"b", "c\\"});
    CHECK(split(L"c:\\dir\\p \t x ") == words{"c:\\dir\\p", "x"});
    CHECK(split(L"p") == words{"p"});
}

TEST_CASE("arguments are quoted where they have to be") {
    CHECK(joined({"p", "plain", "C:\\dir\\", "a b", "", "say \"hi\"", "C:\\a b\\"}) ==
          L"\"p\" plain C:\\dir\\ \"a b\" \"\" \"say \\\"hi\\\"\" \"C:\\a b\\\\\"");
    std::wstring line;
    CHECK(!sys::detail::append_program(line, L"a\"b"));
}

TEST_CASE("a quoted list comes back as it was") {
    std::mt19937 random(1);
    for (int i = 0; i < 20000; ++i) {
        const words list = random_list(random);
        const std::wstring line = joined(list);
        INFO(sys::narrow(line));
        REQUIRE(split(line) == list);
    }
}

TEST_CASE("a child gets its arguments as they were given") {
    std::mt19937 random(2);
    // Many lists in a child each: what is to be shown is that the line reaches it unchanged.
    for (int i = 0; i < 25; ++i) {
        words argv = support::child_argv("print-line");
        std::string expected;
        for (int j = 0; j < 100; ++j) {
            argv.push_back(random_word(random));
            expected += argv.back() + '\0';
        }
        launch child(argv);
        const auto end = child.run();
        REQUIRE(end);
        CHECK(end->value == 0);
        REQUIRE(child.output == expected);
    }
}

TEST_CASE("a list that no line can carry is refused") {
    launch longer(support::child_argv("print-line", std::string(40000, 'x')));
    CHECK(longer.run().error() == E2BIG);
    CHECK(longer.why.step == sys::spawn_step::prepare);
    launch no_text(support::child_argv("print-line", "\xC3("));
    CHECK(no_text.run().error() == EILSEQ);
    const std::string longest(32000, 'x');
    launch fits(support::child_argv("print-line", longest));
    CHECK(fits.run());
    CHECK(fits.output == longest + '\0');
}

TEST_CASE("a batch file's arguments do nothing but arrive") {
    const auto written = [](const std::wstring& argument) {
        std::wstring line;
        REQUIRE(sys::detail::append_batch_argument(line, argument));
        return line;
    };
    CHECK(written(L"plain-1.2") == L"plain-1.2");
    CHECK(written(L"a&calc") == L"\"a&calc\"");
    CHECK(written(L"\"&calc&\"") == L"\"\"\"&calc&\"\"\"");
    CHECK(written(L"%PATH%") == L"\"%%cd:~,%PATH%%cd:~,%\"");
    CHECK(written(L"dir\\") == L"\"dir\\\\\"");
    CHECK(written(L"") == L"\"\"");
    std::wstring line;
    CHECK(!sys::detail::append_batch_argument(line, L"a\nb"));
    CHECK(!sys::detail::append_batch_argument(line, L"a\rb"));
}
