// What turns frames into values: the concept that codecs model.
#pragma once

#include "detail/handle_table.hpp"

#include <concepts>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cohort {

/// Thrown by a codec's `decode`: the payload is not what it reads. The channel makes a `message_error` of it.
class decode_error : public std::runtime_error {
public:
    /// `offset` is the place of the fault in the payload.
    explicit decode_error(const std::string& why, std::size_t offset = 0) : std::runtime_error(why), offset_(offset) {}
    [[gnu::always_inline]] std::size_t offset() const noexcept { return offset_; }

private:
    std::size_t offset_;
};

/// A codec for messages of type `T`.
///
///  * `encode(out, value, table)` appends the payload to `out`. What it throws goes to the sender; the channel cuts off
///    what was appended.
///  * `decode(payload, target, table)` reads a payload into `target`, reusing its memory where it can. Throws
///    `decode_error`. If `target` is a view it may refer to `payload`, which stays in place until the channel's next
///    receive.
///
/// `table` is where handles that are members of the message are entered and found.
template <class C, class T>
concept codec_for = requires(C& codec, std::string& out, std::string_view payload, const T& value, T& target,
                             detail::handle_table& table) {
    codec.encode(out, value, table);
    codec.decode(payload, target, table);
};

namespace detail {

/// The half of `codec_for` that a sender needs: what is sent may be of a type that nothing is read into, such as a
/// literal.
template <class C, class T>
concept encoder_for = requires(C& codec, std::string& out, const T& value, handle_table& table) {
    codec.encode(out, value, table);
};

/// The half that a receiver needs.
template <class C, class T>
concept decoder_for = requires(C& codec, std::string_view payload, T& target, handle_table& table) {
    codec.decode(payload, target, table);
};

/// Whether the codec's payload of a `T` stands in memory as it is: large ones are then sent without a copy.
template <class C, class T>
concept plain_payload = requires(C& codec, const T& value) {
    { codec.payload(value) } -> std::same_as<std::string_view>;
};

}  // namespace detail

}  // namespace cohort
