// framing::length_prefix: the payload's length as a fixed-width integer, then the payload.
#pragma once

#include "framing.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

namespace cohort::framing {

/// The order of the bytes of a length.
enum class byte_order : unsigned char { little, big, native };

inline constexpr byte_order little = byte_order::little;
inline constexpr byte_order big = byte_order::big;
inline constexpr byte_order native = byte_order::native;

/// A length of `Width` bytes (1, 2, 4 or 8) in the given order, then as many bytes of payload. In channels that carry
/// handles one byte more stands between the two: how many descriptors belong to the frame. The length counts the
/// payload alone.
template <std::size_t Width = 4, byte_order Order = little>
class length_prefix {
    static_assert(Width == 1 || Width == 2 || Width == 4 || Width == 8, "a length has 1, 2, 4 or 8 bytes");

public:
    static constexpr bool counts_handles = true;
    static constexpr std::size_t width = Width;
    static constexpr std::size_t header_room = Width + 1;

    /// The longest payload that the length can tell.
    static constexpr std::uint64_t most = Width == 8 ? UINT64_MAX : (std::uint64_t{1} << (8 * Width % 64)) - 1;

    static std::size_t write_header(char* to, std::size_t size, bool with_handles, std::size_t handles) noexcept {
        put(to, size);
        if (with_handles) to[Width] = static_cast<char>(static_cast<unsigned char>(handles));
        return Width + with_handles;
    }

    [[gnu::always_inline]]
    static void begin(std::string& out, bool with_handles) { out.append(Width + with_handles, '\0'); }

    static const char* finish(std::string& out, std::size_t start, bool with_handles, std::size_t handles) noexcept {
        const std::size_t size = out.size() - start - Width - with_handles;
        if (size > most) return "the message is longer than its length prefix can tell";
        write_header(out.data() + start, size, with_handles, handles);
        return nullptr;
    }

    class decoder {
    public:
        [[gnu::always_inline]] explicit decoder(bool with_handles) noexcept : with_handles_(with_handles) {}

        frame_scan decode(std::span<const std::byte> bytes, std::size_t limit) const noexcept {
            const std::size_t header = Width + with_handles_;
            if (bytes.size() < header) return frame_scan::need_more(header);
            const std::uint64_t size = get(bytes.data());
            if (size > limit) return frame_scan::failed("a frame longer than the limit", 0, clamp(size));
            const auto n = static_cast<std::size_t>(size);
            if (bytes.size() - header < n) return frame_scan::need_more(header + n);
            return frame_scan::frame(header, n, 0, with_handles_ ? static_cast<std::size_t>(bytes[Width]) : 0);
        }

        [[gnu::always_inline]] void reset() const noexcept {}

    private:
        bool with_handles_;
    };

private:
    using word = std::conditional_t<
        Width == 1, std::uint8_t,
        std::conditional_t<Width == 2, std::uint16_t, std::conditional_t<Width == 4, std::uint32_t, std::uint64_t>>>;

    static constexpr bool reversed = (Order == big && std::endian::native == std::endian::little) ||
                                     (Order == little && std::endian::native == std::endian::big);

    static constexpr word ordered(word value) noexcept {
        if constexpr (!reversed || Width == 1) return value;
        word other = 0;
        for (std::size_t i = 0; i < Width; ++i) {
            other = static_cast<word>(other << 4 << 4 | (value & 0xff));
            value = static_cast<word>(value >> 4 >> 4);
        }
        return other;
    }

    static void put(char* to, std::uint64_t value) noexcept {
        const word w = ordered(static_cast<word>(value));
        std::memcpy(to, &w, Width);
    }

    static std::uint64_t get(const std::byte* from) noexcept {
        word w;
        std::memcpy(&w, from, Width);
        return ordered(w);
    }

    static std::size_t clamp(std::uint64_t size) noexcept {
        return size > SIZE_MAX ? SIZE_MAX : static_cast<std::size_t>(size);
    }
};

static_assert(framing_policy<length_prefix<>>);
static_assert(detail::detached_header<length_prefix<>>);

}  // namespace cohort::framing
