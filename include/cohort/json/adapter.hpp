#pragma once

#include <string_view>

namespace cohort::json {

/// How a foreign type is written and read. Specialise it with
///
///     static void write(json::writer& w, const T& value);   // exactly one JSON value
///     static void read(json::reader& r, T& target);         // or: static T read(json::reader& r)
///     static bool accepts(json::kind k);                    // optional: as an alternative of a variant
///
/// An adapter goes before every built-in mapping. `w.context()` and `r.context()` give the pointer from the options.
template <class T> struct adapter;

/// How a struct or an enum is mapped, where it differs from the options of the call. Specialise it with any of
///
///     static constexpr json::unknown_members unknown = json::unknown_members::refuse;
///     static constexpr json::missing_members missing = json::missing_members::keep;
///     static constexpr json::empty_members empty = json::empty_members::null;
///     static constexpr json::enum_form enums = json::enum_form::number;
///     static constexpr std::string_view rename(std::string_view member);   // the JSON name of a member or enumerator
///
/// The name of a member has to stand in JSON text as it is: no quote, backslash or control character.
template <class T> struct options {};

/// The range of values among which the enumerators of E are looked for. The default is what fits of [-128, 127].
/// Specialise it for other ranges, and for an unscoped enum without an underlying type, whose range the compiler does
/// not tell.
template <class E> struct enum_range;

/// The tag of a struct as an alternative of a std::variant: `{"type": "circle", ...}`. Specialise it with
///
///     static constexpr std::string_view key = "kind";     // optional, the same for all alternatives of a variant
///     static constexpr std::string_view value = "c";      // optional, the struct's unqualified name otherwise
template <class T> struct tag {};

namespace detail {

template <class T>
concept adapted = requires { sizeof(adapter<T>); };

}  // namespace detail

}  // namespace cohort::json
