#pragma once

#include <cohort/json/adapter.hpp>
#include <cohort/json/reflect.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

// Names of enumerators without macros: the compiler spells all values of a range as template arguments of one function;
// those with a name are the enumerators.

namespace cohort::json::detail {

template <class E, E... Values> consteval const char* spell_values() { return __PRETTY_FUNCTION__; }

template <class E>
concept has_enum_range = requires { sizeof(enum_range<E>); };

// Only an enum with a fixed underlying type can be initialised from an integer in braces, and only such an enum has
// room for every value of the range.
template <class E>
concept fixed_enum = requires { E{0}; };

template <class E> struct enum_bounds {
    using integer = std::underlying_type_t<E>;
    static constexpr std::int64_t clamp(std::int64_t n) {
        if constexpr (sizeof(integer) < 8) {
            constexpr std::int64_t low = std::numeric_limits<integer>::min();
            constexpr std::int64_t high = std::numeric_limits<integer>::max();
            return n < low ? low : n > high ? high : n;
        } else {
            return n < 0 && !std::numeric_limits<integer>::is_signed ? 0 : n;
        }
    }
    static constexpr std::int64_t low() {
        if constexpr (has_enum_range<E>) {
            return clamp(enum_range<E>::min);
        } else {
            return clamp(-128);
        }
    }
    static constexpr std::int64_t high() {
        if constexpr (has_enum_range<E>) {
            return clamp(enum_range<E>::max);
        } else {
            return clamp(127);
        }
    }
};

template <class E, std::size_t... I> consteval std::string_view spell_range(std::index_sequence<I...>) {
    if constexpr (std::is_same_v<std::underlying_type_t<E>, bool>) {
        return spell_values<E, static_cast<E>(false), static_cast<E>(true)>();
    } else {
        return spell_values<E, static_cast<E>(enum_bounds<E>::low() + static_cast<std::int64_t>(I))...>();
    }
}

/// Calls f(index, name) for each named value in the compiler's spelling of the range.
template <class F> constexpr void each_named_value(std::string_view text, F f) {
    text = text.substr(0, text.rfind(']'));
    std::size_t at = text.find("Values = ") + 10;  // behind the bracket that opens the list
    std::size_t start = at;
    int depth = 0;
    for (std::size_t index = 0; at < text.size(); ++at) {
        const char c = text[at];
        depth += c == '(' || c == '<' || c == '{' ? 1 : c == ')' || c == '>' || c == '}' ? -1 : 0;
        if ((c == ',' && depth == 0) || depth < 0) {
            const std::string_view name = last_identifier(text.substr(start, at - start));
            if (!name.empty() && !(name[0] >= '0' && name[0] <= '9')) {
                f(index, name);
            }
            ++index;
            start = at + 1;
            if (depth < 0) {
                return;
            }
        }
    }
}

template <class E> consteval std::string_view spelled_enum() {
    constexpr std::size_t count = static_cast<std::size_t>(enum_bounds<E>::high() - enum_bounds<E>::low() + 1);
    return spell_range<E>(std::make_index_sequence<count>());
}

template <class E> consteval std::size_t count_enumerators() {
    std::size_t count = 0;
    if constexpr (fixed_enum<E> || has_enum_range<E>) {
        each_named_value(spelled_enum<E>(), [&count](std::size_t, std::string_view) { ++count; });
    }
    return count;
}

struct enumerator {
    std::int64_t value = 0;
    std::string_view name;
};

/// The enumerators of E in ascending order.
template <class E>
inline constexpr auto enumerators = [] {
    std::array<enumerator, count_enumerators<E>()> all{};
    if constexpr (all.size() > 0) {
        std::size_t n = 0;
        each_named_value(spelled_enum<E>(), [&](std::size_t index, std::string_view name) {
            all[n].value = enum_bounds<E>::low() + static_cast<std::int64_t>(index);
            all[n++].name = renamed<E>(name);
        });
    }
    return all;
}();

/// True where E's values can be written by name.
template <class E> inline constexpr bool named_enum = enumerators<E>.size() > 0;

/// The name of a value, empty if it has none.
template <class E> std::string_view name_of_enumerator(E e) noexcept {
    const auto value = static_cast<std::underlying_type_t<E>>(e);
    for (const enumerator& each : enumerators<E>) {
        if (static_cast<std::underlying_type_t<E>>(each.value) == value) {
            return each.name;
        }
    }
    return std::string_view();
}

/// Finds the value of a name.
template <class E> bool enumerator_of_name(std::string_view name, E& e) noexcept {
    for (const enumerator& each : enumerators<E>) {
        if (each.name == name) {
            e = static_cast<E>(each.value);
            return true;
        }
    }
    return false;
}

}  // namespace cohort::json::detail
