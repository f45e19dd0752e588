#pragma once

#include <cohort/json/text.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

// How the name of a member stands in a compact text.

namespace cohort::json::detail {

/// How long a name may be: the writer copies it into its buffer at once.
inline constexpr std::size_t longest_key = 512;

/// `,"name":` as characters, with zeros behind them so that 16 bytes can be read from the second one on.
template <std::size_t Size> struct key_text {
    char text[Size < 17 ? 17 : Size];
    static constexpr std::size_t size = Size;

    consteval explicit key_text(std::string_view name) : text() {
        text[0] = ',';
        text[1] = '"';
        for (std::size_t i = 0; i < name.size(); ++i) {
            text[i + 2] = name[i];
        }
        text[Size - 2] = '"';
        text[Size - 1] = ':';
    }
};

/// `,"name":` of one member, for code that knows the member only at run time: compared and copied by whole words, where
/// a call of memcmp or memcpy would cost more than all the rest that is done for a small member.
class member_key {
public:
    template <std::size_t Size>
    consteval explicit member_key(const key_text<Size>& key) : text_(key.text), size_(Size), head_(0), mask_(0) {
        for (std::size_t i = 0; i < Size && i < 8; ++i) {
            head_ |= static_cast<std::uint64_t>(static_cast<unsigned char>(key.text[i])) << (8 * i);
            mask_ |= std::uint64_t(0xFF) << (8 * i);
        }
    }

    [[gnu::always_inline]] std::size_t size() const noexcept { return size_; }
    [[gnu::always_inline]] std::string_view name() const noexcept { return std::string_view(text_ + 2, size_ - 4); }

    /// Whether it stands at p, where there are `room` bytes; without its first character if `skip` is 1.
    bool stands_at(const char* p, std::size_t room, std::size_t skip) const noexcept {
        if (room < 8 || room < size_ - skip) [[unlikely]] {
            return room >= size_ - skip && std::memcmp(p, text_ + skip, size_ - skip) == 0;
        }
        const std::uint64_t word = skip != 0 ? load8(p) << 8 | ',' : load8(p);
        if (((word ^ head_) & mask_) != 0) {
            return false;
        }
        if (size_ <= 8) {
            return true;
        }
        p -= skip;
        return load8(p + size_ - 8) == load8(text_ + size_ - 8) &&
               (size_ <= 16 || std::memcmp(p + 8, text_ + 8, size_ - 16) == 0);
    }

    /// Copies it to `to`, where there must be room for 16 bytes and for all of it; without its first character if
    /// `skip` is 1. Returns the end.
    char* copy(char* to, std::size_t skip) const noexcept {
        std::memcpy(to, text_ + skip, 16);
        if (size_ - skip > 16) {
            std::memcpy(to + 16, text_ + skip + 16, size_ - skip - 16);
        }
        return to + size_ - skip;
    }

private:
    const char* text_;
    std::size_t size_;
    std::uint64_t head_;  // the first eight characters, in the order of load8
    std::uint64_t mask_;
};

}  // namespace cohort::json::detail
