#pragma once

#include <cohort/json/reader.hpp>
#include <cohort/json/reader_access.hpp>
#include <cohort/json/traits.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Structs. One loop reads them all, by a table for each type: the name of each member and the function that reads its
// type. Members mostly arrive compact and in the order of the declaration, so a first pass compares the text with
// `,"name":` of one member after the other, and only what is left goes by the general loop.

namespace cohort::json::detail {

template <class T> void read_value(reader& r, T& target);  // in read.hpp

/// Reads a value into the object of type M at `target`.
template <class M> void read_at(reader& r, void* target) { read_value(r, *static_cast<M*>(target)); }

template <class M> void reset_at(void* target) noexcept { static_cast<M*>(target)->reset(); }

/// How a member is read.
struct member_reader {
    member_key key;
    void (*read)(reader& r, void* target);
    void (*reset)(void* target) noexcept;  // null where there is nothing to reset
    bool optional;                         // a text need not have it

    template <class M> static consteval member_reader of(member_key key) {
        if constexpr (requires(M& member) { member.reset(); } && may_be_absent<M>()) {
            return member_reader{key, &read_at<M>, &reset_at<M>, true};
        } else {
            return member_reader{key, &read_at<M>, nullptr, may_be_absent<M>()};
        }
    }
};

/// How a struct is read: its members, and what its own options say.
struct record_reader {
    const member_reader* members;
    std::size_t count;
    signed char unknown;  // of unknown_members, or -1 for the options of the call
    signed char missing;  // of missing_members, or -1
};

template <class T> consteval record_reader record_reader_of() {
    static_assert(member_count<T> <= most_members, "cohort::json maps structs of at most 32 members");
    record_reader type{member_table<member_reader, T>, member_count<T>, -1, -1};
    if constexpr (requires { options<T>::unknown; }) {
        type.unknown = static_cast<signed char>(options<T>::unknown);
    }
    if constexpr (requires { options<T>::missing; }) {
        type.missing = static_cast<signed char>(options<T>::missing);
    }
    return type;
}

template <class T> inline constexpr record_reader reader_of_record = record_reader_of<T>();

/// Goes on to the next member that the struct has and gives its index, or the number of members at the end of the
/// object. The search for its name begins at the member expected next. `tagged`: whether the tag has been seen.
[[gnu::noinline]] inline std::size_t next_known_member(reader& r, const record_reader& type, std::string_view tag,
                                                       bool& tagged, std::uint32_t seen, std::size_t expected) {
    const unknown_members policy =
        type.unknown < 0 ? r.options().unknown() : static_cast<unknown_members>(type.unknown);
    for (std::string_view name; r.next_member(name);) {
        for (std::size_t i = 0, at = expected; i < type.count; ++i, ++at) {
            at = at >= type.count ? 0 : at;
            if (type.members[at].key.name() != name) {
                continue;
            }
            if ((seen >> at & 1) != 0 && r.options().duplicates() == duplicates::refuse) {
                r.refuse(std::string(), errc::duplicate_member);
            }
            return at;
        }
        if (!tag.empty() && name == tag) {
            if (tagged && r.options().duplicates() == duplicates::refuse) {
                r.refuse(std::string(), errc::duplicate_member);
            }
            tagged = true;
        } else if (policy == unknown_members::refuse) {
            r.refuse(std::string(), errc::unknown_member);
        }
        r.skip_value();
    }
    return type.count;
}

/// Refuses the object at `place` for a member that it does not have.
[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_missing(const reader& r, std::string_view name,
                                                                  std::size_t place) {
    r.refuse_at(place, quoted("missing member", name), errc::missing_member);
}

/// Deals with the members that the object at `place` does not have.
[[gnu::noinline]] inline void absent_members(reader& r, const record_reader& type, const void* const* targets,
                                             std::uint32_t seen, std::size_t place) {
    const missing_members policy =
        type.missing < 0 ? r.options().missing() : static_cast<missing_members>(type.missing);
    if (policy == missing_members::keep) {
        return;
    }
    for (std::size_t i = 0; i < type.count; ++i) {
        if ((seen >> i & 1) == 0 && !type.members[i].optional) {
            refuse_missing(r, type.members[i].key.name(), place);
        }
    }
    for (std::size_t i = 0; i < type.count; ++i) {
        if ((seen >> i & 1) == 0 && type.members[i].reset != nullptr) {
            // What an earlier message left there is not part of this one.
            type.members[i].reset(const_cast<void*>(targets[i]));
        }
    }
}

/// Reads the object that stands next into the members at these addresses. `tag`: the name of a member that is for the
/// variant around the struct, empty without one.
[[gnu::noinline]] inline void read_members(reader& r, const record_reader& type, const void* const* targets,
                                           std::string_view tag) {
    r.begin_object();
    const std::size_t place = r.offset() - 1;
    std::uint32_t seen = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < type.count; ++i) {
        const member_reader& member = type.members[i];
        if (reader_access::take(r, member.key)) {
            member.read(r, const_cast<void*>(targets[i]));
            seen |= std::uint32_t(1) << i;
            ++count;
        }
    }
    if (!reader_access::take_end(r)) {
        std::size_t expected = static_cast<std::size_t>(std::bit_width(seen));
        bool tagged = false;
        for (std::size_t i; (i = next_known_member(r, type, tag, tagged, seen, expected)) != type.count;
             expected = i + 1) {
            type.members[i].read(r, const_cast<void*>(targets[i]));
            count += (seen >> i & 1) == 0 ? 1 : 0;
            seen |= std::uint32_t(1) << i;
        }
    }
    if (count != type.count) {
        absent_members(r, type, targets, seen, place);
    }
}

/// Reads a struct. `Tagged`: as an alternative of a variant.
template <class T, bool Tagged> [[gnu::always_inline]] inline void read_record(reader& r, T& target) {
    constexpr const record_reader& type = reader_of_record<T>;
    constexpr std::string_view tag = Tagged ? tag_key<T>() : std::string_view();
    static_assert(!Tagged || !has_member<T>(tag), "a member of this struct has the name of the variant's tag");
    const void* members[member_count<T> + 1];
    members[member_count<T>] = nullptr;  // a struct may have none
    apply_members<member_count<T>>(target, member_addresses(members));
    read_members(r, type, members, tag);
}

}  // namespace cohort::json::detail
