#include "support/test.hpp"

#include <cohort/wire/detail/read_buffer.hpp>

#include <cstring>

namespace {

using buffer = cohort::detail::read_buffer;

/// A read of `size` bytes, or of all there is room for, that are consumed at once.
void read(buffer& b, std::size_t size) {
    b.make_room(0, 0);
    const std::size_t asked = b.room_size();
    REQUIRE(size <= asked);
    b.added(size, asked);
    b.consume(size);
}
void fill(buffer& b) {
    b.make_room(0, 0);
    read(b, b.room_size());
}

}  // namespace

TEST_CASE("a read buffer grows while reads fill it, and gives the memory back when they have stayed small for a while") {
    buffer b;
    read(b, 10);
    CHECK(b.capacity() == buffer::least);
    for (int i = 0; i < 5; ++i) fill(b);
    read(b, 10);
    REQUIRE(b.capacity() == buffer::most);
    // A large one in between: the small ones before it do not count.
    for (int i = 0; i < 60; ++i) read(b, 10);
    read(b, buffer::most / 2);
    for (int i = 0; i < 60; ++i) read(b, 10);
    CHECK(b.capacity() == buffer::most);
    for (int i = 0; i < 60; ++i) read(b, 10);
    CHECK(b.capacity() == buffer::least);
    fill(b);
    read(b, 10);
    CHECK(b.capacity() > buffer::least);
}

TEST_CASE("a frame larger than a read buffer has room, and its memory is given back behind it") {
    buffer b;
    b.make_room(0, 0);
    std::memcpy(b.room(), "head", 4);
    b.added(4, b.room_size());
    const std::size_t large = buffer::most + 1000;
    b.make_room(large, 16);
    CHECK(b.unread() == 4);
    CHECK(std::memcmp(b.front(), "head", 4) == 0);
    CHECK(b.room_size() >= large - 4);
    b.added(large - 4, b.room_size());
    b.consume(large);
    read(b, 10);
    CHECK(b.capacity() == buffer::least);
}
