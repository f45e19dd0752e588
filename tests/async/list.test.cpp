#include "support/test.hpp"

#include <cohort/async/detail/list.hpp>
#include <cohort/async/detail/text.hpp>

#include <cstdint>
#include <limits>
#include <new>
#include <string>
#include <utility>

namespace detail = cohort::detail;

namespace {

/// Long enough to have memory of its own, which a leak or a second destruction would show.
std::string word(int n) { return "a word that is not short: " + std::to_string(n); }

detail::list<std::string> words(int count) {
    detail::list<std::string> made;
    for (int i = 0; i < count; ++i) made.push_back(word(i));
    return made;
}

}  // namespace

TEST_CASE("a list grows and keeps its elements") {
    detail::list<std::string> list = words(100);
    REQUIRE(list.size() == 100);
    for (int i = 0; i < 100; ++i) CHECK(list[std::size_t(i)] == word(i));
    CHECK(list.front() == word(0));
    CHECK(list.back() == word(99));
    while (list.size() < list.capacity()) list.push_back(word(7));
    list.push_back(list.front());  // a copy of an element, while all of them move
    CHECK(list.back() == word(0));
    list.pop_back();
    CHECK(list.back() == word(7));
    list.clear();
    CHECK(list.empty());
}

TEST_CASE("lists are copied, moved and assigned") {
    detail::list<std::string> first = words(5);
    detail::list<std::string> copy = first;
    copy[0] = "other";
    CHECK(first[0] == word(0));
    detail::list<std::string> moved = std::move(first);
    CHECK(moved.size() == 5);
    CHECK(first.empty());
    copy = moved;
    CHECK(copy[0] == word(0));
    detail::list<std::string>& self = copy;
    copy = self;
    CHECK(copy.size() == 5);
    copy = words(2);
    CHECK(copy.size() == 2);
}

TEST_CASE("a list gives up its first elements") {
    detail::list<std::string> list = words(5);
    list.drop_front(2);
    REQUIRE(list.size() == 3);
    CHECK(list.front() == word(2));
    CHECK(list.back() == word(4));
    list.drop_front(3);
    CHECK(list.empty());
    detail::list<int> numbers;
    for (int i = 0; i < 10; ++i) numbers.push_back(i);
    numbers.drop_front(9);
    REQUIRE(numbers.size() == 1);
    CHECK(numbers.front() == 9);
}

TEST_CASE("a list that cannot grow stays as it is") {
    detail::list<int> list;
    list.push_back(1);
    const std::size_t capacity = list.capacity();
    CHECK_THROWS_AS(list.reserve(std::numeric_limits<std::size_t>::max() / 2), std::bad_alloc);
    CHECK(list.capacity() == capacity);
    CHECK(list.front() == 1);
}

TEST_CASE("texts are joined and numbers written") {
    CHECK(detail::joined("a", "", "b") == "ab");
    CHECK(detail::joined("fd ", detail::decimal(12), " is ", detail::decimal(-1), "!") == "fd 12 is -1!");
    CHECK(std::string(detail::decimal(0)) == "0");
    CHECK(std::string(detail::decimal(std::numeric_limits<std::int64_t>::min())) == "-9223372036854775808");
    CHECK(std::string(detail::decimal(std::numeric_limits<std::uint64_t>::max())) == "18446744073709551615");
    CHECK(std::string(detail::decimal(std::uint16_t(65535))) == "65535");
}

TEST_CASE("digits are read as far as they go") {
    std::uint32_t number = 7;
    CHECK(detail::read_decimal("4711 more", number) == 4);
    CHECK(number == 4711);
    CHECK(detail::read_decimal("", number) == 0);
    CHECK(detail::read_decimal("-1", number) == 0);
    CHECK(detail::read_decimal("4294967296", number) == 0);
    CHECK(detail::read_decimal("99999999999999999999999999", number) == 0);
    CHECK(number == 4711);
    CHECK(detail::read_decimal("0000000004294967295", number) == 19);
    CHECK(number == 4294967295u);
}
