// Arbitrary bytes in arbitrary pieces, to the frame decoders of all widths and orders and to a channel over a stream in memory. Each
// has to give exactly the frames that a straightforward decoder finds in the whole text, and never to look past what it was given.
#include "../wire/memory_stream.hpp"

#include <cohort/async.hpp>
#include <cohort/wire.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace co = cohort;
using co::framing::byte_order;
using co::framing::length_prefix;

namespace {

constexpr std::size_t limit = 5000;

#define REQUIRE(...)                                                          \
    do {                                                                      \
        if (!(__VA_ARGS__)) {                                                 \
            std::fprintf(stderr, "%d: not true: %s\n", __LINE__, #__VA_ARGS__); \
            std::abort();                                                     \
        }                                                                     \
    } while (false)

/// How the bytes come: the fuzzer's first bytes say how large each piece is.
class splitter {
public:
    splitter(const std::uint8_t* sizes, std::size_t count) : sizes_(sizes), count_(count) {}
    std::size_t next(std::size_t left) {
        const std::size_t size = count_ == 0 ? 1 : std::size_t(sizes_[at_++ % count_]) * 3 + 1;
        return size < left ? size : left;
    }

private:
    const std::uint8_t* sizes_;
    std::size_t count_;
    std::size_t at_ = 0;
};

struct decoded {
    std::vector<std::string> frames;
    std::vector<std::size_t> handles;
    std::size_t consumed = 0;
    bool too_large = false;
};

/// What the frames are, written down from the description of the format.
decoded reference(std::string_view text, std::size_t width, bool big, bool with_handles) {
    decoded result;
    for (;;) {
        const std::string_view rest = text.substr(result.consumed);
        const std::size_t header = width + (with_handles ? 1 : 0);
        if (rest.size() < header) return result;
        unsigned long long size = 0;
        for (std::size_t i = 0; i < width; ++i)
            size = size * 256 + static_cast<std::uint8_t>(rest[big ? i : width - 1 - i]);
        if (size > limit) {
            result.too_large = true;
            return result;
        }
        if (rest.size() - header < size) return result;
        result.frames.emplace_back(rest.substr(header, size));
        result.handles.push_back(with_handles ? static_cast<std::uint8_t>(rest[width]) : 0);
        result.consumed += header + static_cast<std::size_t>(size);
    }
}

template <class Framing>
void check_decoder(std::string_view text, splitter pieces, std::size_t width, bool big, bool with_handles) {
    const decoded expected = reference(text, width, big, with_handles);
    typename Framing::decoder decoder(with_handles);
    std::size_t found = 0, consumed = 0, fed = 0;
    bool failed = false;
    while (!failed) {
        // A copy of its own size: the sanitizer sees every byte read past the end.
        const std::size_t unread = fed - consumed;
        std::unique_ptr<std::byte[]> copy(new std::byte[unread]);
        std::memcpy(copy.get(), text.data() + consumed, unread);
        const co::frame_scan scan = decoder.decode(std::span<const std::byte>(copy.get(), unread), limit);
        if (scan.is_frame()) {
            REQUIRE(found < expected.frames.size());
            REQUIRE(scan.total() <= unread);
            REQUIRE(scan.offset() + scan.size() <= scan.total());
            REQUIRE(expected.frames[found] == std::string_view(reinterpret_cast<char*>(copy.get()) + scan.offset(), scan.size()));
            REQUIRE(expected.handles[found] == scan.handles());
            ++found;
            consumed += scan.total();
            decoder.reset();
        } else if (scan.is_failed()) {
            failed = true;
        } else {
            REQUIRE(scan.total() > unread);
            if (fed == text.size()) break;
            fed += pieces.next(text.size() - fed);
        }
    }
    REQUIRE(failed == expected.too_large);
    REQUIRE(found == expected.frames.size());
    REQUIRE(consumed == expected.consumed);
}

template <std::size_t Width>
void check_width(std::string_view text, const splitter& pieces) {
    for (const bool with_handles : {false, true}) {
        check_decoder<length_prefix<Width>>(text, pieces, Width, false, with_handles);
        check_decoder<length_prefix<Width, byte_order::big>>(text, pieces, Width, true, with_handles);
    }
}

using channel_type = co::channel<wire::memory_stream, length_prefix<2>, co::codec::bytes>;

co::task<> collect(channel_type& channel, std::vector<std::string>& got, std::string& ended_by) {
    try {
        while (auto m = co_await channel.receive()) got.push_back(std::move(*m));
        ended_by = "end";
    } catch (const co::message_error& e) {
        ended_by = e.fault() == co::message_fault::cut_off ? "cut off" : e.fault() == co::message_fault::too_large ? "too large" : "other";
    }
}

struct root {
    bool done = false;
    static void ended(co::promise_base& p) noexcept { static_cast<root*>(p.owner)->done = true; }
};

void check_channel(std::string_view text, splitter pieces) {
    const decoded expected = reference(text, 2, false, false);
    co::executor exec;
    auto in = std::make_shared<wire::memory_pipe>();
    auto out = std::make_shared<wire::memory_pipe>();
    std::vector<std::string> got;
    std::string ended_by;
    {
        channel_type channel(wire::memory_stream(in, out), co::channel_options().frame_limit(limit).name("fuzzer"));
        co::task<> work = collect(channel, got, ended_by);
        root r;
        co::detail::task_access::start(co::detail::task_access::promise(work), exec, nullptr, &r, &root::ended);
        in->piece = 1 << 20;
        for (std::size_t fed = 0; fed < text.size();) {
            const std::size_t n = pieces.next(text.size() - fed);
            in->bytes.append(text.substr(fed, n));
            in->readable.set();
            fed += n;
            while (exec.run_ready(100) > 0 || exec.run_turn_hooks()) {}
        }
        in->ended = true;
        in->readable.set();
        while (exec.run_ready(100) > 0 || exec.run_turn_hooks()) {}
        REQUIRE(r.done);
        const auto statistics = channel.statistics();
        REQUIRE(statistics.messages_received == expected.frames.size());
        REQUIRE(statistics.bytes_received <= text.size());
        if (!expected.too_large) REQUIRE(statistics.bytes_received == text.size());
    }
    while (exec.run_ready(100) > 0 || exec.run_turn_hooks()) {}
    REQUIRE(got == expected.frames);
    REQUIRE(ended_by == (expected.too_large ? "too large" : expected.consumed < text.size() ? "cut off" : "end"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::size_t split_count = data[0] % 8;
    if (split_count > size - 1) split_count = size - 1;
    const splitter pieces(data + 1, split_count);
    const std::string text(reinterpret_cast<const char*>(data) + 1 + split_count, size - 1 - split_count);
    check_width<1>(text, pieces);
    check_width<2>(text, pieces);
    check_width<4>(text, pieces);
    check_width<8>(text, pieces);
    check_channel(text, pieces);
    return 0;
}
