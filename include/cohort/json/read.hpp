#pragma once

#include <cohort/json/read_variant.hpp>
#include <cohort/json/reader.hpp>
#include <cohort/json/reader_access.hpp>
#include <cohort/json/traits.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cohort::json {

namespace detail {

void read_dynamic(reader& r, json::value& target);  // in parse.hpp

template <class T> void read_enumeration(reader& r, T& target) {
    using integer = std::underlying_type_t<T>;
    if constexpr (named_enum<T>) {
        if (r.peek() == kind::string) {
            const std::size_t place = r.offset();
            const std::string_view name = r.read_string_view();
            if (!enumerator_of_name(name, target)) {
                r.refuse_at(place, quoted("unknown enumerator", name), errc::unknown_enumerator);
            }
            return;
        }
    }
    target = static_cast<T>(r.read_integer<integer>());
}

template <class T> void read_sequence(reader& r, T& target) {
    using element = typename T::value_type;
    target.clear();
    r.begin_array();
    while (r.next_element()) {
        if constexpr (requires {
                          { target.emplace_back() } -> std::same_as<element&>;
                      }) {
            read_value(r, target.emplace_back());
        } else {
            element each{};
            read_value(r, each);
            if constexpr (requires { target.push_back(std::move(each)); }) {
                target.push_back(std::move(each));
            } else {
                target.insert(std::move(each));
            }
        }
    }
}

[[noreturn, gnu::cold]] inline void refuse_length(const reader& r, std::size_t place, std::size_t expected) {
    std::string text = "expected an array of ";
    append_number(text, expected);
    text += " elements";
    r.refuse_at(place, text, errc::wrong_length);
}

template <class T> void read_fixed_range(reader& r, T& target) {
    const std::size_t place = reader_access::mark(r);
    r.begin_array();
    for (auto& each : target) {
        if (!r.next_element()) {
            refuse_length(r, place, target.size());
        }
        read_value(r, each);
    }
    if (r.next_element()) {
        refuse_length(r, place, target.size());
    }
}

template <class T, std::size_t... I> void read_tuple(reader& r, T& target, std::index_sequence<I...>) {
    using std::get;
    const std::size_t place = reader_access::mark(r);
    r.begin_array();
    const bool enough = ((r.next_element() && (read_value(r, get<I>(target)), true)) && ...);
    if (!enough || r.next_element()) {
        refuse_length(r, place, sizeof...(I));
    }
}

template <class T> void read_map(reader& r, T& target) {
    using key_type = typename T::key_type;
    static_assert(!std::is_same_v<key_type, std::string_view>, "a view owns no text: use keys of std::string instead");
    target.clear();
    r.begin_object();
    for (std::string_view name; r.next_member(name);) {
        const std::size_t size = target.size();
        auto& slot = target[key_type(name)];
        if (target.size() == size) {
            if (r.options().duplicates() == duplicates::refuse) {
                r.refuse(std::string(), errc::duplicate_member);
            }
            slot = typename T::mapped_type();
        }
        read_value(r, slot);
    }
}

/// Reads the value that stands next. Always inlined into what reads a whole member, element or message.
template <class T> [[gnu::always_inline]] inline void read_value(reader& r, T& target) {
    constexpr shape s = shape_of<T>();
    static_assert(mapped<T>, "cohort::json has no mapping for this type: specialise cohort::json::adapter<T>");
    if constexpr (s == shape::adapted) {
        if constexpr (requires { adapter<T>::read(r, target); }) {
            adapter<T>::read(r, target);
        } else {
            target = adapter<T>::read(r);
        }
    } else if constexpr (s == shape::dynamic) {
        read_dynamic(r, target);
    } else if constexpr (s == shape::null) {
        if (!r.read_null()) {
            r.refuse("expected null", errc::wrong_kind);
        }
    } else if constexpr (s == shape::boolean) {
        target = r.read_bool();
    } else if constexpr (s == shape::integer) {
        target = r.read_integer<T>();
    } else if constexpr (s == shape::floating) {
        target = r.read_floating<T>();
    } else if constexpr (s == shape::enumeration) {
        read_enumeration(r, target);
    } else if constexpr (s == shape::text) {
        static_assert(
            requires { target.assign("", std::size_t()); }, "a view owns no text: read into std::string instead");
        if constexpr (std::is_same_v<T, std::string>) {
            r.read_string(target);
        } else {
            const std::string_view text = r.read_string_view();
            target.assign(text.data(), text.size());
        }
    } else if constexpr (s == shape::duration) {
        typename T::rep ticks{};
        read_value(r, ticks);
        target = T(ticks);
    } else if constexpr (s == shape::optional) {
        if (r.read_null()) {
            target.reset();
        } else {
            read_value(r, target.emplace());
        }
    } else if constexpr (s == shape::owner) {
        if (r.read_null()) {
            target.reset();
        } else {
            target.reset(new typename T::element_type());
            read_value(r, *target);
        }
    } else if constexpr (s == shape::variant) {
        read_variant(r, target);
    } else if constexpr (s == shape::map) {
        read_map(r, target);
    } else if constexpr (s == shape::sequence) {
        read_sequence(r, target);
    } else if constexpr (s == shape::fixed_range) {
        read_fixed_range(r, target);
    } else if constexpr (s == shape::tuple) {
        read_tuple(r, target, std::make_index_sequence<std::tuple_size<T>::value>());
    } else if constexpr (s == shape::record) {
        read_record<T, false>(r, target);
    }
}

}  // namespace detail

namespace detail {

/// Reads a whole text by the function that reads its type.
[[gnu::noinline]] inline void read_text(void* target, void (*read)(reader& r, void* target), std::string_view text,
                                        const read_options& options) {
    reader r(text, options);
    read(r, target);
    r.finish();
}

}  // namespace detail

template <class T> void reader::read(T& target) { detail::read_value(*this, target); }

/// Reads a whole text into an existing object, whose capacity is reused. On failure the target holds what had been
/// read.
template <class T> void read_into(T& target, std::string_view text, const read_options& options = read_options()) {
    detail::read_text(&target, &detail::read_at<T>, text, options);
}

/// Reads a whole text.
template <class T> T read(std::string_view text, const read_options& options = read_options()) {
    T target{};
    read_into(target, text, options);
    return target;
}

}  // namespace cohort::json
