#pragma once

#include <cohort/json/traits.hpp>
#include <cohort/json/writer.hpp>

#include <cstddef>
#include <cstdint>
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

template <class T> constexpr bool omits_empty(const writer& w) noexcept {
    if constexpr (requires { options<T>::empty; }) {
        return options<T>::empty == empty_members::omit;
    } else {
        return w.options().empty() == empty_members::omit;
    }
}

/// The name of a member of indented text, which is for people and not for speed.
[[gnu::cold, gnu::noinline]] inline void write_pretty_key(writer& w, std::string_view name) { w.key(name); }

template <class T, std::size_t I, class M> inline void write_member(writer& w, const M& member) {
    if constexpr (may_be_absent<M>()) {
        if (is_empty(member) && omits_empty<T>(w)) {
            return;
        }
    }
    using access = writer_access;
    if (access::pretty(w)) [[unlikely]] {
        write_pretty_key(w, member_name<T, I>);
    } else {
        constexpr const auto& key = member_key<T, I>;
        const std::size_t skip = access::last(w) == '{' ? 1 : 0;
        access::put(w, key.text + skip, key.size - skip);
    }
    write_value(w, member);
}

template <class T, std::size_t... I> inline void write_members(writer& w, const T& value, std::index_sequence<I...>) {
    apply_members<sizeof...(I)>(value, [&w](const auto&... members) { (write_member<T, I>(w, members), ...); });
}

template <class T, bool Tagged> void write_record(writer& w, const T& value) {
    static_assert(member_count<T> <= most_members, "cohort::json maps structs of at most 32 members");
    using access = writer_access;
    access::enter(w);
    access::open(w, '{');
    if constexpr (Tagged) {
        w.key(tag_key<T>());
        w.string(tag_value<T>());
    }
    write_members(w, value, std::make_index_sequence<member_count<T>>());
    w.end_object();
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
template <class T> inline void write_value(writer& w, const T& value) {
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

/// Appends the value's JSON text to `out`. On failure `out` is as before. With enough capacity nothing is allocated.
template <class T> void append(std::string& out, const T& value, const write_options& options = write_options()) {
    const std::size_t before = out.size();
    try {
        writer w(out, options);
        detail::write_value(w, value);
        w.finish();
    } catch (...) {
        out.erase(before);
        throw;
    }
}

/// The value's JSON text.
template <class T> std::string write(const T& value, const write_options& options = write_options()) {
    std::string out;
    append(out, value, options);
    return out;
}

}  // namespace cohort::json
