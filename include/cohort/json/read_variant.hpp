#pragma once

#include <cohort/json/read_record.hpp>
#include <cohort/json/reader.hpp>
#include <cohort/json/reader_access.hpp>
#include <cohort/json/traits.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

// Variants. The kind of the next value chooses the alternative: the first one that can be read from that kind. Among
// numbers an integer type that holds the number goes before a floating point type; among strings an enum that knows the
// name goes before a string. A struct is chosen by its tag.

namespace cohort::json::detail {

template <class A> bool fits(reader& r, const numeral* number) {
    constexpr shape s = shape_of<A>();
    if constexpr (s == shape::integer) {
        A ignored = 0;
        return number != nullptr && number->integer && number->exact && to_integer(*number, ignored);
    } else if constexpr (s == shape::duration) {
        typename A::rep ignored{};
        if constexpr (std::is_integral_v<typename A::rep>) {
            return number != nullptr && number->integer && to_integer(*number, ignored);
        } else {
            return number != nullptr;
        }
    } else if constexpr (s == shape::enumeration) {
        if (number != nullptr) {
            std::underlying_type_t<A> ignored{};
            return number->integer && to_integer(*number, ignored);
        }
        const std::size_t place = r.offset();
        A ignored{};
        const bool known = enumerator_of_name(r.read_string_view(), ignored);
        reader_access::rewind(r, place, reader_access::depth(r));
        return known;
    } else {
        return true;
    }
}

/// Whether an alternative of this shape fits.
template <class T, shape Wanted, std::size_t... I>
bool any_fits(reader& r, const numeral* number, std::index_sequence<I...>) {
    return ((shape_of<std::variant_alternative_t<I, T>>() == Wanted &&
             fits<std::variant_alternative_t<I, T>>(r, number)) ||
            ...);
}

/// Whether another alternative goes before A, wherever it stands.
template <class A, class T> bool gives_way(reader& r, const numeral* number) {
    constexpr shape s = shape_of<A>();
    constexpr auto all = std::make_index_sequence<std::variant_size_v<T>>();
    if constexpr (s == shape::floating) {
        return any_fits<T, shape::integer>(r, number, all);
    } else if constexpr (s == shape::text) {
        return any_fits<T, shape::enumeration>(r, number, all);
    } else {
        return false;
    }
}

/// The text of the tag `key` of the object that stands next; the reader is left where it was. Empty without such a
/// member.
inline std::string read_tag(reader& r, std::string_view key) {
    const std::size_t place = r.offset();
    const std::size_t depth = reader_access::depth(r);
    std::string tag;
    r.begin_object();
    for (std::string_view name; r.next_member(name);) {
        if (name == key && r.peek() == kind::string) {
            r.read_string(tag);
            break;
        }
        r.skip_value();
    }
    reader_access::rewind(r, place, depth);
    return tag;
}

template <std::size_t I, class T>
bool try_alternative(reader& r, T& target, kind found, const numeral* number, const std::string* tag) {
    using alternative = std::variant_alternative_t<I, T>;
    if constexpr (shape_of<alternative>() == shape::record) {
        if (found != kind::object || tag == nullptr || *tag != tag_value<alternative>()) {
            return false;
        }
        read_record<alternative, true>(r, target.template emplace<I>());
        return true;
    } else {
        if ((kinds_of<alternative>() & bit(found)) == 0 || !fits<alternative>(r, number) ||
            gives_way<alternative, T>(r, number)) {
            return false;
        }
        if (std::get_if<I>(&target) == nullptr) {
            target.template emplace<I>();  // else what the alternative has allocated is used again
        }
        read_value(r, *std::get_if<I>(&target));
        return true;
    }
}

template <class T, std::size_t... I> consteval std::string_view variant_tag_key(std::index_sequence<I...>) {
    std::string_view key;
    ((shape_of<std::variant_alternative_t<I, T>>() == shape::record ? key = tag_key<std::variant_alternative_t<I, T>>()
                                                                    : key),
     ...);
    return key;
}

/// The tag of a struct; without characters for other types.
template <class A> consteval std::string_view tag_of_alternative() {
    if constexpr (shape_of<A>() == shape::record) {
        return tag_value<A>();
    } else {
        return std::string_view();
    }
}

template <class T, std::size_t... I> consteval bool tags_differ(std::index_sequence<I...>) {
    const std::string_view tags[] = {tag_of_alternative<std::variant_alternative_t<I, T>>()...};
    for (const std::string_view& each : tags) {
        for (const std::string_view* other = tags; other != &each; ++other) {
            if (each.data() != nullptr && other->data() != nullptr && each == *other) {
                return false;
            }
        }
    }
    return true;
}

template <class T, std::size_t... I> void read_alternatives(reader& r, T& target, std::index_sequence<I...> all) {
    constexpr std::string_view key = variant_tag_key<T>(all);
    static_assert(((shape_of<std::variant_alternative_t<I, T>>() != shape::record ||
                    tag_key<std::variant_alternative_t<I, T>>() == key) &&
                   ...),
                  "the structs of one variant must have the same tag key");
    static_assert(tags_differ<T>(all), "two structs of this variant have the same tag: specialise cohort::json::tag");
    const kind found = r.peek();
    const std::size_t place = r.offset();
    if (found == kind::number) {
        const numeral n = reader_access::next_numeral(r);
        reader_access::rewind(r, place, reader_access::depth(r));
        if ((try_alternative<I>(r, target, found, &n, nullptr) || ...)) {
            return;
        }
    } else if (!key.empty() && found == kind::object) {
        const std::string tag = read_tag(r, key);
        if ((try_alternative<I>(r, target, found, nullptr, &tag) || ...)) {
            return;
        }
        r.refuse_at(place, quoted("no alternative of the variant has the tag", tag), errc::unknown_alternative);
    } else if ((try_alternative<I>(r, target, found, nullptr, nullptr) || ...)) {
        return;
    }
    std::string text = "no alternative of the variant fits ";
    text += name_of(found);
    r.refuse_at(place, text, errc::unknown_alternative);
}

template <class T> void read_variant(reader& r, T& target) {
    read_alternatives(r, target, std::make_index_sequence<std::variant_size_v<T>>());
}

}  // namespace cohort::json::detail
