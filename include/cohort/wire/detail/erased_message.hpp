// A message without its type: what the channel's halves are given, so that their code exists once for all messages.
#pragma once

#include "handle_table.hpp"

#include <string>
#include <string_view>

namespace cohort::detail {

/// A message that is to be sent, and how its codec encodes it. Refers to both.
class outgoing_message {
public:
    /// `take`: handles inside the message are handed over and not duplicated.
    template <class Codec, class T>
    [[gnu::always_inline]] outgoing_message(Codec& codec, const T& value, bool take) noexcept
        : codec_(&codec), value_(&value), encode_(&encode_as<Codec, T>), take_(take) {}

    [[gnu::always_inline]] void encode(std::string& out, handle_table& table) const {
        encode_(codec_, out, value_, table);
    }
    [[gnu::always_inline]] bool take() const noexcept { return take_; }

private:
    template <class Codec, class T>
    static void encode_as(void* codec, std::string& out, const void* value, handle_table& table) {
        static_cast<Codec*>(codec)->encode(out, *static_cast<const T*>(value), table);
    }

    void* codec_;
    const void* value_;
    void (*encode_)(void* codec, std::string& out, const void* value, handle_table& table);
    bool take_;
};

/// The object that a message is to be read into, and how its codec decodes it. Refers to both.
class incoming_message {
public:
    template <class Codec, class T>
    [[gnu::always_inline]] incoming_message(Codec& codec, T& target) noexcept
        : codec_(&codec), target_(&target), decode_(&decode_as<Codec, T>) {}

    [[gnu::always_inline]] void decode(std::string_view payload, handle_table& table) const {
        decode_(codec_, payload, target_, table);
    }

private:
    template <class Codec, class T>
    static void decode_as(void* codec, std::string_view payload, void* target, handle_table& table) {
        static_cast<Codec*>(codec)->decode(payload, *static_cast<T*>(target), table);
    }

    void* codec_;
    void* target_;
    void (*decode_)(void* codec, std::string_view payload, void* target, handle_table& table);
};

}  // namespace cohort::detail
