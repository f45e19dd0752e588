#pragma once

#include <cohort/json/reader.hpp>
#include <cohort/json/traits.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// Structs. Members mostly arrive compact and in the order of the declaration, so a first pass compares the text with
// `,"name":` of one member after the other, and only what is left goes by the general loop.

namespace cohort::json::detail {

template <class T> void read_value(reader& r, T& target);

template <class T, std::size_t... I>
inline constexpr std::string_view member_names[sizeof...(I) + 1] = {member_name<T, I>...};

/// Index of the name among these, or `count`; the search begins at the one expected next.
inline std::size_t find_member(const std::string_view* names, std::size_t count, std::string_view name,
                               std::size_t expected) noexcept {
    for (std::size_t i = 0, at = expected; i < count; ++i, ++at) {
        at = at >= count ? 0 : at;
        if (names[at] == name) {
            return at;
        }
    }
    return count;
}

/// The members that a text need not have, as a set of bits.
template <class T, std::size_t... I> consteval std::uint32_t optional_members(std::index_sequence<I...>) {
    const auto set_of = []<class... M>(M&...) {
        return std::integral_constant<std::uint32_t, ((may_be_absent<M>() ? std::uint32_t(1) << I : 0u) | ... | 0u)>();
    };
    return decltype(apply_members<sizeof...(I)>(std::declval<T&>(), set_of))::value;
}

/// Refuses the object at `place` for the first of the members in the set.
[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_missing(const reader& r, const std::string_view* names,
                                                                  std::uint32_t missing, std::size_t place) {
    r.refuse_at(place, quoted("missing member", names[std::countr_zero(missing)]), errc::missing_member);
}

template <class M> inline void reset_absent(M& member, bool seen) {
    if constexpr (requires { member.reset(); } && may_be_absent<M>()) {
        if (!seen) {
            member.reset();  // what an earlier message left there is not part of this one
        }
    }
}

/// Deals with absent members; `place` is the offset of the object.
template <class T, std::size_t... I>
[[gnu::noinline]]
void absent_members(reader& r, T& target, std::uint32_t seen, std::size_t place, std::index_sequence<I...> all) {
    constexpr std::uint32_t every = static_cast<std::uint32_t>((std::uint64_t(1) << sizeof...(I)) - 1);
    constexpr std::uint32_t optional = optional_members<T>(all);
    missing_members policy = r.options().missing();
    if constexpr (requires { options<T>::missing; }) {
        policy = options<T>::missing;
    }
    if (policy == missing_members::keep) {
        return;
    }
    if (const std::uint32_t missing = every & ~seen & ~optional; missing != 0) {
        refuse_missing(r, member_names<T, I...>, missing, place);
    }
    if constexpr (optional != 0) {
        apply_members<sizeof...(I)>(target,
                                    [seen](auto&... members) { (reset_absent(members, (seen >> I & 1) != 0), ...); });
    }
}

/// Reads the member that stands next if it is the I-th in its compact form.
template <class T, std::size_t I, class M> inline void read_expected(reader& r, M& member, std::uint32_t& seen) {
    constexpr const auto& key = member_key<T, I>;
    const std::size_t skip = reader_access::at_first(r) ? 1 : 0;
    if (reader_access::take(r, key.text + skip, key.size - skip)) {
        read_value(r, member);
        seen |= std::uint32_t(1) << I;
    }
}

/// Goes on to the next member that is one of these and gives its index, or `count` at the end of the object. The loop
/// that all structs share; a struct's own code is only what reads its members.
[[gnu::noinline]] inline std::size_t next_known_member(reader& r, const std::string_view* names, std::size_t count,
                                                       const std::string_view* tag, unknown_members policy,
                                                       std::uint32_t seen, std::size_t expected) {
    for (std::string_view name; r.next_member(name);) {
        const std::size_t index = find_member(names, count, name, expected);
        if (index != count) {
            if ((seen >> index & 1) != 0 && r.options().duplicates() == duplicates::refuse) {
                r.refuse(std::string(), errc::duplicate_member);
            }
            return index;
        }
        if (policy == unknown_members::refuse && !(tag && name == *tag)) {
            r.refuse(std::string(), errc::unknown_member);
        }
        r.skip_value();
    }
    return count;
}

/// Out of line: one function for all members of a type, for where members do not come in the order of the declaration.
template <class M> [[gnu::noinline]] void read_any_member(reader& r, M& member) { read_value(r, member); }

template <class T, bool Tagged, std::size_t... I>
[[gnu::noinline]] void read_members(reader& r, T& target, std::uint32_t& seen, std::index_sequence<I...>) {
    std::size_t expected = static_cast<std::size_t>(seen != 0 ? 32 - std::countl_zero(seen) : 0);
    unknown_members policy = r.options().unknown();
    if constexpr (requires { options<T>::unknown; }) {
        policy = options<T>::unknown;
    }
    const std::string_view* tag = nullptr;
    if constexpr (Tagged) {
        static constexpr std::string_view key = tag_key<T>();
        tag = &key;
    }
    for (;;) {
        const std::size_t index =
            next_known_member(r, member_names<T, I...>, sizeof...(I), tag, policy, seen, expected);
        if (index == sizeof...(I)) {
            return;
        }
        apply_members<sizeof...(I)>(target, [&r, index](auto&... members) {
            (void)((index == I && (read_any_member(r, members), true)) || ...);
        });
        seen |= std::uint32_t(1) << index;
        expected = index + 1;
    }
}

template <class T, bool Tagged, std::size_t... I>
void read_record_members(reader& r, T& target, std::size_t place, std::index_sequence<I...> all) {
    constexpr std::uint32_t every = static_cast<std::uint32_t>((std::uint64_t(1) << sizeof...(I)) - 1);
    std::uint32_t seen = 0;
    if constexpr (Tagged) {
        constexpr std::string_view key = tag_key<T>();
        static_assert(((member_name<T, I> != key) && ...), "a member of this struct has the name of the variant's tag");
    }
    apply_members<sizeof...(I)>(target,
                                [&r, &seen](auto&... members) { (read_expected<T, I>(r, members, seen), ...); });
    if (!reader_access::take_end(r)) {
        read_members<T, Tagged>(r, target, seen, all);
    }
    if (seen != every) {
        absent_members(r, target, seen, place, all);
    }
}

template <class T, bool Tagged> void read_record(reader& r, T& target) {
    static_assert(member_count<T> <= most_members, "cohort::json maps structs of at most 32 members");
    const std::size_t place = reader_access::mark(r);
    r.begin_object();
    read_record_members<T, Tagged>(r, target, place, std::make_index_sequence<member_count<T>>());
}

}  // namespace cohort::json::detail
