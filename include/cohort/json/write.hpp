#pragma once

#include <cohort/json/traits.hpp>
#include <cohort/json/writer.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace cohort::json {

namespace detail {

template <class T> void write_value(writer& w, const T& value);

void write_dynamic(writer& w, const json::value& value);  // in parse.hpp

template <class T> bool is_empty(const T& value) noexcept {
    if constexpr (shape_of<T>() == shape::optional) {
        return !value.has_value();
    } else if constexpr (shape_of<T>() == shape::owner) {
        return value.get() == nullptr;
    } else {
        return shape_of<T>() == shape::null;
    }
}

/// Writes the object of type M at `value`.
template <class M> void write_at(writer& w, const void* value) { write_value(w, *static_cast<const M*>(value)); }

template <class M> bool is_empty_at(const void* value) noexcept { return is_empty(*static_cast<const M*>(value)); }

/// How a member is written.
struct member_writer {
    member_key key;
    void (*write)(writer& w, const void* value);
    bool (*empty)(const void* value) noexcept;  // null where it always has a value

    template <class M> static consteval member_writer of(member_key key) {
        if constexpr (may_be_absent<M>()) {
            return member_writer{key, &write_at<M>, &is_empty_at<M>};
        } else {
            return member_writer{key, &write_at<M>, nullptr};
        }
    }
};

/// How a struct is written: its members, its tag as an alternative of a variant, and what its own options say.
struct record_writer {
    const member_writer* members;
    std::size_t count;
    std::string_view tag_key;  // empty where it has no tag
    std::string_view tag_value;
    signed char empty;  // of empty_members, or -1 for the options of the call
};

template <class T, bool Tagged> consteval record_writer record_writer_of() {
    static_assert(member_count<T> <= most_members, "cohort::json maps structs of at most 32 members");
    record_writer type{member_table<member_writer, T>, member_count<T>, std::string_view(), std::string_view(), -1};
    if constexpr (Tagged) {
        type.tag_key = tag_key<T>();
        type.tag_value = tag_value<T>();
    }
    if constexpr (requires { options<T>::empty; }) {
        type.empty = static_cast<signed char>(options<T>::empty);
    }
    return type;
}

template <class T, bool Tagged> inline constexpr record_writer writer_of_record = record_writer_of<T, Tagged>();

/// Writes a struct with the members at these addresses.
[[gnu::noinline]] inline void write_members(writer& w, const record_writer& type, const void* const* values) {
    using access = writer_access;
    const empty_members policy = type.empty < 0 ? w.options().empty() : static_cast<empty_members>(type.empty);
    access::open(w);
    if (!type.tag_key.empty()) {
        w.key(type.tag_key);
        w.string(type.tag_value);
    }
    for (std::size_t i = 0; i < type.count; ++i) {
        const member_writer& member = type.members[i];
        if (member.empty != nullptr && policy == empty_members::omit && member.empty(values[i])) {
            continue;
        }
        access::key(w, member.key);
        member.write(w, values[i]);
    }
    w.end_object();
}

/// Writes a struct. `Tagged`: as an alternative of a variant.
template <class T, bool Tagged> [[gnu::always_inline]] inline void write_record(writer& w, const T& value) {
    constexpr const record_writer& type = writer_of_record<T, Tagged>;
    const void* members[member_count<T> + 1];
    members[member_count<T>] = nullptr;  // a struct may have none
    apply_members<member_count<T>>(value, member_addresses(members));
    write_members(w, type, members);
}

template <class T> void write_enumeration(writer& w, const T& value) {
    using access = writer_access;
    if constexpr (named_enum<T>) {
        enum_form form = w.options().enums();
        if constexpr (requires { options<T>::enums; }) {
            form = options<T>::enums;
        }
        const std::string_view name = form == enum_form::name ? name_of_enumerator(value) : std::string_view();
        if (!name.empty()) {
            access::string(w, name);
            return;
        }
    }
    if constexpr (std::is_same_v<std::underlying_type_t<T>, bool>) {
        access::integer(w, static_cast<int>(value));
    } else {
        access::integer(w, static_cast<std::underlying_type_t<T>>(value));
    }
}

template <std::size_t I, class T> void write_alternative(writer& w, const T& value) {
    using alternative = std::variant_alternative_t<I, T>;
    const alternative& active = *std::get_if<I>(&value);
    if constexpr (shape_of<alternative>() == shape::record) {
        write_record<alternative, true>(w, active);
    } else {
        write_value(w, active);
    }
}

template <class T, std::size_t... I> void write_variant(writer& w, const T& value, std::index_sequence<I...>) {
    const std::size_t index = value.index();
    const bool written = ((index == I && (write_alternative<I>(w, value), true)) || ...);
    if (!written) {
        w.refuse("the variant is valueless", errc::unknown_alternative);
    }
}

template <class T> void write_range(writer& w, const T& value) {
    using element = typename T::value_type;
    writer_access::enter(w);
    w.begin_array();
    for (const auto& each : value) {
        writer_access::separate(w);
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(each)>, element>) {
            write_value(w, each);
        } else {
            write_value(w, static_cast<element>(each));  // the proxy of vector<bool>
        }
    }
    w.end_array();
}

template <class T> void write_map(writer& w, const T& value) {
    writer_access::enter(w);
    w.begin_object();
    for (const auto& entry : value) {
        w.key(std::string_view(entry.first));
        write_value(w, entry.second);
    }
    w.end_object();
}

template <class T, std::size_t... I> void write_tuple(writer& w, const T& value, std::index_sequence<I...>) {
    using std::get;
    w.begin_array();
    ((writer_access::separate(w), write_value(w, get<I>(value))), ...);
    w.end_array();
}

/// Writes the value where the writer stands, with no separator before it.
template <class T> [[gnu::always_inline]] inline void write_value(writer& w, const T& value) {
    using access = writer_access;
    constexpr shape s = shape_of<T>();
    static_assert(mapped<T>, "cohort::json has no mapping for this type: specialise cohort::json::adapter<T>");
    if constexpr (s == shape::adapted) {
        adapter<T>::write(w, value);
    } else if constexpr (s == shape::dynamic) {
        write_dynamic(w, value);
    } else if constexpr (s == shape::null) {
        access::put(w, "null", 4);
    } else if constexpr (s == shape::boolean) {
        access::boolean(w, value);
    } else if constexpr (s == shape::integer) {
        access::integer(w, value);
    } else if constexpr (s == shape::floating) {
        access::floating(w, value);
    } else if constexpr (s == shape::enumeration) {
        write_enumeration(w, value);
    } else if constexpr (s == shape::text) {
        if constexpr (std::is_pointer_v<T>) {
            if (value == nullptr) {
                access::put(w, "null", 4);
                return;
            }
        }
        access::string(w, value);
    } else if constexpr (s == shape::duration) {
        write_value(w, value.count());
    } else if constexpr (s == shape::optional || s == shape::owner) {
        if (is_empty(value)) {
            access::put(w, "null", 4);
        } else {
            write_value(w, *value);
        }
    } else if constexpr (s == shape::variant) {
        write_variant(w, value, std::make_index_sequence<std::variant_size_v<T>>());
    } else if constexpr (s == shape::map) {
        write_map(w, value);
    } else if constexpr (s == shape::sequence || s == shape::fixed_range) {
        write_range(w, value);
    } else if constexpr (s == shape::tuple) {
        write_tuple(w, value, std::make_index_sequence<std::tuple_size<T>::value>());
    } else if constexpr (s == shape::record) {
        write_record<T, false>(w, value);
    }
}

}  // namespace detail

template <class T> void writer::write(const T& value) {
    separate();
    detail::write_value(*this, value);
}

namespace detail {

/// Appends a whole text by the function that writes its type.
[[gnu::noinline]] inline void append_text(std::string& out, const void* value,
                                          void (*write)(writer& w, const void* value), const write_options& options) {
    const std::size_t before = out.size();
    try {
        writer w(out, options);
        write(w, value);
        w.finish();
    } catch (...) {
        out.resize(before);
        throw;
    }
}

}  // namespace detail

/// Appends the value's JSON text to `out`. On failure `out` is as before. With enough capacity nothing is allocated.
template <class T> void append(std::string& out, const T& value, const write_options& options = write_options()) {
    detail::append_text(out, &value, &detail::write_at<T>, options);
}

/// The value's JSON text.
template <class T> std::string write(const T& value, const write_options& options = write_options()) {
    std::string out;
    append(out, value, options);
    return out;
}

}  // namespace cohort::json
