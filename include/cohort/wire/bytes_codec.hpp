// codec::bytes and codec::text: the payload is the message.
#pragma once

#include "../json/text.hpp"
#include "codec.hpp"

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::codec {

/// Raw bytes. Sends whatever is a contiguous range of bytes or chars; receives into std::string,
/// std::vector<std::byte>, or, without a copy, into std::string_view or std::span<const std::byte>, which are valid
/// until the channel's next receive.
class bytes {
public:
    /// What `receive` gives where no type is named.
    using dynamic = std::string;

    bytes() noexcept {}

    static std::string_view payload(std::string_view value) noexcept { return value; }
    static std::string_view payload(std::span<const std::byte> value) noexcept {
        return std::string_view(reinterpret_cast<const char*>(value.data()), value.size());
    }

    template <class T>
        requires requires(const T& value) { payload(value); }
    static void encode(std::string& out, const T& value, cohort::detail::handle_table&) {
        const std::string_view text = payload(value);
        out.append(text.data(), text.size());
    }

    static void decode(std::string_view payload, std::string_view& target, cohort::detail::handle_table&) noexcept {
        target = payload;
    }
    static void decode(std::string_view payload, std::span<const std::byte>& target,
                       cohort::detail::handle_table&) noexcept {
        target = std::span<const std::byte>(reinterpret_cast<const std::byte*>(payload.data()), payload.size());
    }
    static void decode(std::string_view payload, std::string& target, cohort::detail::handle_table&) {
        target.assign(payload.data(), payload.size());
    }
    static void decode(std::string_view payload, std::vector<std::byte>& target, cohort::detail::handle_table&) {
        const auto* first = reinterpret_cast<const std::byte*>(payload.data());
        target.assign(first, first + payload.size());
    }
};

/// UTF-8 text, checked on arrival (RFC 3629). Receives into std::string, or into std::string_view, which is valid until
/// the channel's next receive.
class text {
public:
    /// What `receive` gives where no type is named.
    using dynamic = std::string;

    text() noexcept {}

    static std::string_view payload(std::string_view value) noexcept { return value; }

    template <std::convertible_to<std::string_view> T>
    static void encode(std::string& out, const T& value, cohort::detail::handle_table&) {
        out.append(std::string_view(value));
    }

    template <class T>
        requires std::same_as<T, std::string> || std::same_as<T, std::string_view>
    static void decode(std::string_view payload, T& target, cohort::detail::handle_table&) {
        const char* p = payload.data();
        const char* const end = p + payload.size();
        while (p != end) {
            if (static_cast<unsigned char>(*p) < 0x80) {
                ++p;
                continue;
            }
            const std::size_t length = ::cohort::json::detail::utf8_length(p, end);
            if (length == 0) throw decode_error("invalid UTF-8", static_cast<std::size_t>(p - payload.data()));
            p += length;
        }
        target = payload;
    }
};

}  // namespace cohort::codec
