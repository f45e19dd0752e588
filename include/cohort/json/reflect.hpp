#pragma once

#include <cohort/json/adapter.hpp>
#include <cohort/json/member_key.hpp>
#include <cohort/json/members.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

// Names and members of plain structs without macros: the number of members by trying how many initialisers the struct
// takes, the members by structured bindings, their names out of the compiler's own spelling of a pointer to each member
// as a template argument.

namespace cohort::json::detail {

struct any_initialiser {
    template <class T> operator T() const noexcept;  // only ever named in unevaluated operands
};

template <class T, std::size_t... I> constexpr bool takes_initialisers(std::index_sequence<I...>) {
    return requires { T{(void(I), any_initialiser())...}; };
}

template <class T, std::size_t Low, std::size_t High> consteval std::size_t search_member_count() {
    if constexpr (Low == High) {
        return Low;
    } else {
        constexpr std::size_t middle = (Low + High + 1) / 2;
        if constexpr (takes_initialisers<T>(std::make_index_sequence<middle>())) {
            return search_member_count<T, middle, High>();
        } else {
            return search_member_count<T, Low, middle - 1>();
        }
    }
}

/// Number of members; most_members + 1 when there are more than can be handled.
template <class T> inline constexpr std::size_t member_count = search_member_count<T, 0, most_members + 1>();

// A place for an object that never comes to life: only the addresses of its members are formed.
template <class T> union ghost_cell {
    char none;
    T object;
    constexpr ghost_cell() noexcept : none() {}
    constexpr ~ghost_cell() {}
    constexpr ~ghost_cell()
        requires std::is_trivially_destructible_v<T>
    = default;
};

template <class T> inline ghost_cell<T> ghost;

// clang 16 and older print the member's name only for a pointer inside a class.
template <class T> struct pointer_to {
    const T* pointer;
};

template <std::size_t I, class First, class... Rest> constexpr auto pick(const First* first, const Rest*... rest) {
    if constexpr (I == 0) {
        return pointer_to<First>{first};
    } else {
        return pick<I - 1>(rest...);
    }
}

/// The identifier at the end of `text`, not counting the brackets after it.
constexpr std::string_view last_identifier(std::string_view text) {
    const auto word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
               static_cast<unsigned char>(c) >= 0x80;
    };
    std::size_t end = text.size();
    while (end > 0 && !word(text[end - 1])) {
        --end;
    }
    std::size_t begin = end;
    while (begin > 0 && word(text[begin - 1])) {
        --begin;
    }
    return text.substr(begin, end - begin);
}

template <auto Pointer> consteval const char* spell_pointer() { return __PRETTY_FUNCTION__; }

template <class T> consteval const char* spell_type() { return __PRETTY_FUNCTION__; }

template <class T, std::size_t I> consteval auto member_pointer() {
    return apply_members<member_count<T>>(ghost<T>.object, [](auto&... members) { return pick<I>(&members...); });
}

template <class T> constexpr std::string_view renamed(std::string_view name) {
    if constexpr (requires { options<T>::rename(name); }) {
        return options<T>::rename(name);
    } else {
        return name;
    }
}

/// The JSON name of the I-th member.
template <class T, std::size_t I>
inline constexpr std::string_view member_name = renamed<T>(last_identifier(spell_pointer<member_pointer<T, I>()>()));

/// The same where it stands in a text as it is, which is how it is compared and written.
template <class T, std::size_t I> consteval std::string_view plain_member_name() {
    constexpr std::string_view name = member_name<T, I>;
    static_assert(name.size() <= longest_key, "the JSON name of a member is too long");
    if constexpr (requires { options<T>::rename(name); }) {
        constexpr bool plain = [] {
            for (const char c : member_name<T, I>) {
                if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) {
                    return false;
                }
            }
            return true;
        }();
        static_assert(plain, "the JSON name of a member has a quote, a backslash or a control character");
    }
    return name;
}

/// `,"name":` for the I-th member.
template <class T, std::size_t I>
inline constexpr key_text<member_name<T, I>.size() + 4> member_text{plain_member_name<T, I>()};

template <class... M> struct type_list {};

struct list_types {
    template <class... M> constexpr type_list<std::remove_cvref_t<M>...> operator()(M&...) const noexcept { return {}; }
};

/// The types of the members.
template <class T>
using member_types = decltype(apply_members<member_count<T>>(std::declval<T&>(), list_types()));

/// What has to be known of each member of T: an array of `Entry::of<M>(key)`. `Types` and `Indices` are as they say.
template <class Entry, class T, class Types = member_types<T>, class Indices = std::make_index_sequence<member_count<T>>>
inline constexpr const Entry* member_table = nullptr;

template <class Entry, class T, class... M, std::size_t... I>
    requires(sizeof...(M) > 0)
inline constexpr Entry member_table<Entry, T, type_list<M...>, std::index_sequence<I...>>[sizeof...(M)] = {
    Entry::template of<M>(member_key(member_text<T, I>))...};

/// What `apply_members` is given to find the members of an object.
class member_addresses {
public:
    [[gnu::always_inline]] explicit member_addresses(const void** to) noexcept : to_(to) {}
    template <class... M> [[gnu::always_inline]] void operator()(const M&... members) const noexcept {
        [[maybe_unused]] const void** next = to_;
        ((*next++ = &members), ...);
    }

private:
    const void** to_;
};

/// Whether a member has this name in JSON.
template <class T> consteval bool has_member(std::string_view name) {
    return []<std::size_t... I>([[maybe_unused]] std::string_view wanted, std::index_sequence<I...>) {
        return ((member_name<T, I> == wanted) || ... || false);
    }(name, std::make_index_sequence<member_count<T>>());
}

struct known_struct {
    int known_member;
};
static_assert(member_name<known_struct, 0> == "known_member", "this compiler spells members in a way not foreseen");

/// The unqualified name of a class, without template arguments.
template <class T> consteval std::string_view type_name() {
    std::string_view text = spell_type<T>();
    text = text.substr(0, text.rfind(']'));
    text.remove_prefix(text.find("T = ") + 4);
    if (!text.empty() && text.back() == '>') {
        int depth = 0;
        do {
            depth += text.back() == '>' ? 1 : text.back() == '<' ? -1 : 0;
            text.remove_suffix(1);
        } while (depth != 0 && !text.empty());
    }
    return last_identifier(text);
}
static_assert(type_name<known_struct>() == "known_struct", "this compiler spells types in a way not foreseen");

}  // namespace cohort::json::detail
