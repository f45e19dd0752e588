#include "support/test.hpp"

#include <cohort/wire/length_prefix.hpp>

#include <cstring>
#include <string>
#include <vector>

namespace co = cohort;
using namespace cohort::framing;

namespace {

std::span<const std::byte> bytes_of(const std::string& text, std::size_t from = 0, std::size_t size = std::string::npos) {
    const std::string_view part = std::string_view(text).substr(from, size);
    return std::span<const std::byte>(reinterpret_cast<const std::byte*>(part.data()), part.size());
}

template <class F>
std::string framed(const std::string& payload, bool with_handles = false, std::size_t handles = 0) {
    std::string out = "before";
    const std::size_t start = out.size();
    F::begin(out, with_handles);
    out += payload;
    REQUIRE(F::finish(out, start, with_handles, handles) == nullptr);
    CHECK(out.substr(0, start) == "before");
    return out.substr(start);
}

std::string hex(const std::string& text) {
    std::string out;
    for (const char c : text) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", static_cast<unsigned char>(c));
        out += two;
    }
    return out;
}

/// Feeds `stream` in pieces that end at the given places and gives the payloads that come out.
template <class F>
std::vector<std::string> cut(const std::string& stream, const std::vector<std::size_t>& ends, bool with_handles = false) {
    typename F::decoder decoder(with_handles);
    std::vector<std::string> found;
    std::size_t start = 0;
    for (const std::size_t end : ends) {
        for (;;) {
            const co::frame_scan scan = decoder.decode(bytes_of(stream, start, end - start), 1000);
            REQUIRE(!scan.is_failed());
            if (scan.is_need_more()) {
                CHECK(scan.total() > end - start);
                break;
            }
            REQUIRE(scan.total() <= end - start);
            found.push_back(stream.substr(start + scan.offset(), scan.size()));
            start += scan.total();
            decoder.reset();
        }
    }
    CHECK(start == stream.size());
    return found;
}

template <class F>
void check_splits() {
    const std::vector<std::string> payloads = {"", "a", std::string(100, 'b'), "cd", "", std::string(37, '\xff')};
    for (const bool with_handles : {false, true}) {
        std::string stream;
        for (const std::string& each : payloads) stream += framed<F>(each, with_handles);
        std::vector<std::size_t> every;
        for (std::size_t i = 0; i <= stream.size(); ++i) every.push_back(i);
        CHECK(cut<F>(stream, every, with_handles) == payloads);
        CHECK(cut<F>(stream, {stream.size()}, with_handles) == payloads);
        for (std::size_t i = 0; i <= stream.size(); ++i) CHECK(cut<F>(stream, {i, stream.size()}, with_handles) == payloads);
    }
}

}  // namespace

TEST_CASE("a length prefix has the width and order it says") {
    CHECK(hex(framed<length_prefix<1>>("abc")) == "03616263");
    CHECK(hex(framed<length_prefix<2>>("abc")) == "0300616263");
    CHECK(hex(framed<length_prefix<2, big>>("abc")) == "0003616263");
    CHECK(hex(framed<length_prefix<>>("abc")) == "03000000616263");
    CHECK(hex(framed<length_prefix<4, big>>("abc")) == "00000003616263");
    CHECK(hex(framed<length_prefix<8>>("abc")) == "0300000000000000616263");
    CHECK(hex(framed<length_prefix<8, big>>("abc")) == "0000000000000003616263");
    const std::string native_header = framed<length_prefix<4, native>>("abc").substr(0, 4);
    std::uint32_t value = 0;
    std::memcpy(&value, native_header.data(), 4);
    CHECK(value == 3);
    CHECK(hex(framed<length_prefix<2>>(std::string(0x102, 'x')).substr(0, 2)) == "0201");
    CHECK(hex(framed<length_prefix<4, big>>(std::string(0x10203, 'x')).substr(0, 4)) == "00010203");
}

TEST_CASE("with handles a count stands between length and payload, and is not part of the length") {
    CHECK(hex(framed<length_prefix<>>("abc", true, 0)) == "0300000000616263");
    CHECK(hex(framed<length_prefix<>>("abc", true, 253)) == "03000000fd616263");
    CHECK(hex(framed<length_prefix<1>>("", true, 2)) == "0002");
    length_prefix<4, big>::decoder decoder(true);
    const auto scan = decoder.decode(bytes_of(framed<length_prefix<4, big>>("abc", true, 7)), 100);
    REQUIRE(scan.is_frame());
    CHECK(scan.handles() == 7);
    CHECK(scan.offset() == 5);
    CHECK(scan.size() == 3);
    CHECK(scan.total() == 8);
}

TEST_CASE("frames come out whole however the bytes are split") {
    check_splits<length_prefix<1>>();
    check_splits<length_prefix<1, big>>();
    check_splits<length_prefix<2>>();
    check_splits<length_prefix<2, big>>();
    check_splits<length_prefix<4>>();
    check_splits<length_prefix<4, big>>();
    check_splits<length_prefix<4, native>>();
    check_splits<length_prefix<8>>();
    check_splits<length_prefix<8, big>>();
}

TEST_CASE("a length above the limit is refused as soon as it is known") {
    length_prefix<>::decoder decoder(false);
    const std::string header = framed<length_prefix<>>(std::string(11, 'x')).substr(0, 4);
    CHECK(decoder.decode(bytes_of(header, 0, 3), 10).is_need_more());
    const auto scan = decoder.decode(bytes_of(header), 10);
    REQUIRE(scan.is_failed());
    CHECK(scan.size() == 11);
    CHECK(decoder.decode(bytes_of(header), 11).is_need_more());

    length_prefix<8>::decoder wide(false);
    CHECK(wide.decode(bytes_of(std::string(8, '\xff')), SIZE_MAX - 100).is_failed());
    CHECK(wide.decode(bytes_of(std::string(8, '\xff')), 10).is_failed());
}

TEST_CASE("a payload longer than the prefix can tell is refused when it is written") {
    std::string out;
    length_prefix<1>::begin(out, false);
    out.append(256, 'x');
    CHECK(length_prefix<1>::finish(out, 0, false, 0) != nullptr);
    out.pop_back();
    CHECK(length_prefix<1>::finish(out, 0, false, 0) == nullptr);
    CHECK(static_cast<unsigned char>(out[0]) == 255);
    std::string two;
    length_prefix<2>::begin(two, true);
    two.append(65536, 'x');
    CHECK(length_prefix<2>::finish(two, 0, true, 0) != nullptr);
}
