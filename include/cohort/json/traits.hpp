#pragma once

#include <cohort/json/adapter.hpp>
#include <cohort/json/enumerators.hpp>
#include <cohort/json/kind.hpp>
#include <cohort/json/reflect.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

// Which mapping a type has.

namespace cohort::json {

class value;

namespace detail {

enum class shape {
    none,
    adapted,
    dynamic,
    null,
    boolean,
    integer,
    floating,
    enumeration,
    text,
    duration,
    optional,
    owner,
    variant,
    map,
    sequence,
    fixed_range,
    tuple,
    record,
};

template <class T>
concept null_like = std::same_as<T, std::nullptr_t> || std::same_as<T, std::monostate>;

template <class T>
concept character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

template <class T>
concept text_like = std::is_convertible_v<const T&, std::string_view> && !std::same_as<T, std::nullptr_t>;

template <class T>
concept duration_like = requires(const T& t) {
    typename T::rep;
    typename T::period;
    { t.count() } -> std::same_as<typename T::rep>;
    T::zero();
};

template <class T>
concept optional_like = requires(T& t) {
    typename T::value_type;
    { t.has_value() } -> std::same_as<bool>;
    { *t } -> std::same_as<typename T::value_type&>;
    t.reset();
};

template <class T>
concept owner_like = requires(T& t) {
    typename T::element_type;
    { t.get() } -> std::same_as<typename T::element_type*>;
    t.reset(t.get());
};

template <class T>
concept variant_like = requires(const T& t) {
    t.index();
    t.valueless_by_exception();
};

template <class T>
concept range_like = requires(const T& t) {
    t.begin() != t.end();
    typename T::value_type;
};

template <class T>
concept map_like = range_like<T> && requires {
    typename T::key_type;
    typename T::mapped_type;
} && text_like<typename T::key_type>;

template <class T>
concept tuple_like = requires { std::tuple_size<T>::value; };

template <class T> consteval shape shape_of() {
    if constexpr (adapted<T>)
        return shape::adapted;
    else if constexpr (std::same_as<T, bool>)
        return shape::boolean;
    else if constexpr (character<T>)
        return shape::none;
    else if constexpr (std::is_integral_v<T> && sizeof(T) <= 8)  // with GNU extensions there are larger ones
        return shape::integer;
    else if constexpr (std::same_as<T, double> || std::same_as<T, float>)
        return shape::floating;
    else if constexpr (std::is_enum_v<T>)
        return shape::enumeration;
    else if constexpr (std::same_as<T, value>)
        return shape::dynamic;
    else if constexpr (null_like<T>)
        return shape::null;
    else if constexpr (text_like<T>)
        return shape::text;
    else if constexpr (!std::is_class_v<T>)
        return shape::none;
    else if constexpr (optional_like<T>)
        return shape::optional;
    else if constexpr (range_like<T>) {
        if constexpr (map_like<T>)
            return shape::map;
        else if constexpr (tuple_like<T>)
            return shape::fixed_range;
        else
            return shape::sequence;
    } else if constexpr (duration_like<T>)
        return shape::duration;
    else if constexpr (owner_like<T>)
        return shape::owner;
    else if constexpr (variant_like<T>)
        return shape::variant;
    else if constexpr (tuple_like<T>)
        return shape::tuple;
    else if constexpr (std::is_aggregate_v<T>)
        return shape::record;
    else
        return shape::none;
}

/// For the static_assert of a branch that must not be reached.
template <class T> inline constexpr bool mapped = shape_of<T>() != shape::none;

/// May the member be absent from a text?
template <class T> consteval bool may_be_absent() {
    return shape_of<T>() == shape::optional || shape_of<T>() == shape::owner || shape_of<T>() == shape::null;
}

constexpr unsigned bit(kind k) { return 1u << static_cast<unsigned>(k); }

/// The kinds of JSON value that a type can be read from, as a set of bits.
template <class T> constexpr unsigned kinds_of();

template <class T, std::size_t... I> constexpr unsigned kinds_of_alternatives(std::index_sequence<I...>) {
    return (kinds_of<std::variant_alternative_t<I, T>>() | ... | 0u);
}

template <class T> constexpr unsigned kinds_of() {
    constexpr shape s = shape_of<T>();
    constexpr unsigned all = 0x3F;
    if constexpr (s == shape::adapted) {
        if constexpr (requires { adapter<T>::accepts(kind::null); }) {
            unsigned set = 0;
            for (unsigned k = 0; k < 6; ++k) {
                set |= adapter<T>::accepts(static_cast<kind>(k)) ? 1u << k : 0u;
            }
            return set;
        } else {
            return all;
        }
    } else if constexpr (s == shape::dynamic) {
        return all;
    } else if constexpr (s == shape::null) {
        return bit(kind::null);
    } else if constexpr (s == shape::boolean) {
        return bit(kind::boolean);
    } else if constexpr (s == shape::integer || s == shape::floating || s == shape::duration) {
        return bit(kind::number);
    } else if constexpr (s == shape::enumeration) {
        return bit(kind::number) | (named_enum<T> ? bit(kind::string) : 0u);
    } else if constexpr (s == shape::text) {
        return bit(kind::string);
    } else if constexpr (s == shape::optional) {
        return bit(kind::null) | kinds_of<typename T::value_type>();
    } else if constexpr (s == shape::owner) {
        return bit(kind::null) | kinds_of<typename T::element_type>();
    } else if constexpr (s == shape::variant) {
        return kinds_of_alternatives<T>(std::make_index_sequence<std::variant_size_v<T>>());
    } else if constexpr (s == shape::map || s == shape::record) {
        return bit(kind::object);
    } else {
        return bit(kind::array);
    }
}

/// The member name that carries the tag of a struct in a variant.
template <class T> consteval std::string_view tag_key() {
    if constexpr (requires { tag<T>::key; }) {
        return tag<T>::key;
    } else {
        return "type";
    }
}

/// The tag of a struct in a variant.
template <class T> consteval std::string_view tag_value() {
    if constexpr (requires { tag<T>::value; }) {
        return tag<T>::value;
    } else {
        return type_name<T>();
    }
}

}  // namespace detail
}  // namespace cohort::json
