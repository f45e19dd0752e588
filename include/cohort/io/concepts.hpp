// What the algorithms of this floor ask of a byte stream.
#pragma once

#include "../async/detail/awaitable.hpp"

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>

namespace cohort {

/// Anything with an awaitable `read_some(span)` that gives how many bytes it read, 0 at the end.
template <class S>
concept readable_stream = requires(S& s, std::span<std::byte> to) {
    { static_cast<detail::await_result<decltype(s.read_some(to))>>(0) } -> std::convertible_to<std::size_t>;
};

/// Anything with an awaitable `write_some(span)` that gives how many bytes it wrote, at least one of a span that is not
/// empty.
template <class S>
concept writable_stream = requires(S& s, std::span<const std::byte> from) {
    { static_cast<detail::await_result<decltype(s.write_some(from))>>(0) } -> std::convertible_to<std::size_t>;
};

/// The bytes of a text, which stays the caller's.
inline std::span<const std::byte> bytes_of(std::string_view text) noexcept {
    return std::span<const std::byte>(reinterpret_cast<const std::byte*>(text.data()), text.size());
}

}  // namespace cohort
