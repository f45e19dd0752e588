// Handles as members of messages: in the JSON text stands a handle's index among those that travel with the message.
#pragma once

#include "../async/error.hpp"
#include "../io/file.hpp"
#include "../io/handle.hpp"
#include "../io/stream.hpp"
#include "../json/adapter.hpp"
#include "../json/read.hpp"
#include "../json/reflect.hpp"
#include "../json/traits.hpp"
#include "../json/write.hpp"
#include "../sys/io.hpp"
#include "detail/handle_table.hpp"

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace cohort::detail {

/// Writes the index of what holds a descriptor; null for an empty one.
template <class T>
void write_handle(json::writer& w, const T& value) {
    if (value.native() < 0) {
        json::detail::writer_access::put(w, "null", 4);
        return;
    }
    auto* table = static_cast<handle_table*>(w.context());
    if (!table) w.refuse("a handle can only be written by a channel");
    const int index = table->enter(value);
    if (index < 0) w.refuse("more handles than the channel allows in one message");
    json::detail::writer_access::integer(w, index);
}

/// Reads an index and takes the descriptor; null gives an empty handle.
inline handle read_handle(json::reader& r) {
    if (r.read_null()) return handle();
    const std::size_t place = r.offset();
    const auto index = r.read_integer<std::uint32_t>();
    auto* table = static_cast<handle_table*>(r.context());
    if (!table) r.refuse_at(place, "a handle can only be read by a channel");
    handle taken = table->take(index);
    if (!taken) r.refuse_at(place, "no handle of this index came with the message");
    return taken;
}

/// A stream over a received descriptor, of whatever kind and mode it is.
inline stream received_stream(handle fd) {
    if (!fd) return stream();
    const auto kind = sys::kind(fd.native());
    const auto nonblocking = sys::is_nonblocking(fd.native());
    if (!kind || !nonblocking) throw error(!kind ? kind.error() : nonblocking.error(), "receive", "stream");
    if (*kind == sys::handle_kind::socket) {
        return stream(std::move(fd), stream::type::socket,
                      *nonblocking ? transfer_mode::socket : transfer_mode::shared_socket, false);
    }
    const bool waits = *kind != sys::handle_kind::regular && *kind != sys::handle_kind::directory && !*nonblocking;
    return stream(std::move(fd), *kind == sys::handle_kind::pipe && !waits ? stream::type::pipe : stream::type::other,
                  waits ? transfer_mode::shared : transfer_mode::plain, false);
}

// --- which message types have handles as members ---------------------------------------------------------------------

template <class T, class... Seen>
constexpr bool has_handles();

template <class... Seen, class... M>
constexpr bool any_has(json::detail::type_list<M...>) {
    return (has_handles<M, Seen...>() || ... || false);
}

template <class T, class... Seen, std::size_t... I>
constexpr bool any_alternative_has(std::index_sequence<I...>) {
    return (has_handles<std::variant_alternative_t<I, T>, Seen...>() || ... || false);
}

template <class T, class... Seen, std::size_t... I>
constexpr bool any_element_has(std::index_sequence<I...>) {
    return (has_handles<std::tuple_element_t<I, T>, Seen...>() || ... || false);
}

/// Whether a message of type T can carry handles in its members. A type inside itself is looked at once.
template <class T, class... Seen>
constexpr bool has_handles() {
    using json::detail::shape;
    if constexpr (std::is_void_v<T> || (std::is_same_v<T, Seen> || ... || false)) {
        return false;
    } else {
        constexpr shape s = json::detail::shape_of<T>();
        if constexpr (s == shape::adapted) {
            if constexpr (requires { json::adapter<T>::carries_handles; }) return json::adapter<T>::carries_handles;
            else return false;
        } else if constexpr (s == shape::record) {
            return any_has<T, Seen...>(json::detail::member_types<T>());
        } else if constexpr (s == shape::optional || s == shape::sequence || s == shape::fixed_range) {
            return has_handles<typename T::value_type, T, Seen...>();
        } else if constexpr (s == shape::map) {
            return has_handles<typename T::mapped_type, T, Seen...>();
        } else if constexpr (s == shape::owner) {
            return has_handles<std::remove_const_t<typename T::element_type>, T, Seen...>();
        } else if constexpr (s == shape::variant) {
            return any_alternative_has<T, T, Seen...>(std::make_index_sequence<std::variant_size_v<T>>());
        } else if constexpr (s == shape::tuple) {
            return any_element_has<T, T, Seen...>(std::make_index_sequence<std::tuple_size_v<T>>());
        } else {
            return false;
        }
    }
}

template <class T>
inline constexpr bool carries_handles = has_handles<T>();

}  // namespace cohort::detail

/// A handle as a member of a message.
template <>
struct cohort::json::adapter<cohort::handle> {
    static constexpr bool carries_handles = true;
    static void write(writer& w, const handle& value) { cohort::detail::write_handle(w, value); }
    static void read(reader& r, handle& target) { target = cohort::detail::read_handle(r); }
    static bool accepts(kind k) { return k == kind::number || k == kind::null; }
};

/// An open file as a member of a message. The position is shared with the sender's copies.
template <>
struct cohort::json::adapter<cohort::file> {
    static constexpr bool carries_handles = true;
    static void write(writer& w, const file& value) { cohort::detail::write_handle(w, value); }
    static void read(reader& r, file& target) { target = file(cohort::detail::read_handle(r)); }
    static bool accepts(kind k) { return k == kind::number || k == kind::null; }
};

/// A stream as a member of a message. Flags of its description, which the sender may share, are left as they are.
template <>
struct cohort::json::adapter<cohort::stream> {
    static constexpr bool carries_handles = true;
    static void write(writer& w, const stream& value) { cohort::detail::write_handle(w, value); }
    static void read(reader& r, stream& target) {
        target = cohort::detail::received_stream(cohort::detail::read_handle(r));
    }
    static bool accepts(kind k) { return k == kind::number || k == kind::null; }
};
