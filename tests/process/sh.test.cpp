#include "tools.hpp"

namespace co = cohort;

namespace {

constexpr bool compiles(std::string_view line) {
    co::detail::line_counter counted;
    return co::detail::split_line(line, counted) == nullptr;
}

}  // namespace

TEST_CASE("a line is taken apart when it is compiled") {
    CHECK(co::sh("git status").to_string() == "git status");
    CHECK(co::sh("  git\tlog -n {} -- {}\n", 3, "a b").to_string() == "git log -n 3 -- 'a b'");
    CHECK(co::sh("echo 'two words' \"it's\" '' {{}}").to_string() == "echo 'two words' 'it'\\''s' '' '{}'");
    CHECK(co::sh("prefix-{}-{}x '{} {}'", 1, "$HOME; rm", std::string("a"), 2.5).to_string() ==
          "'prefix-1-$HOME; rmx' 'a 2.5'");
    CHECK(co::sh("{}", "program").to_string() == "program");
    CHECK(co::sh("x {}", "").to_string() == "x ''");
    static_assert(compiles("a 'b|c' d"));
    static_assert(!compiles("a | b"));
    static_assert(!compiles("a > b"));
    static_assert(!compiles("a $b"));
    static_assert(!compiles("a 'b"));
    static_assert(!compiles("a { b"));
    static_assert(!compiles("a } b"));
    on_loop([]() -> co::task<> {
        auto printed = co_await co::sh("{} --child say {}", support::self_path(), "a b|*").text();
        CHECK(printed == "a b|*");
    });
}
