#pragma once

#include <cohort/json/member_list.hpp>
#include <cohort/json/name_index.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace cohort::json {

class value;
class member;

/// A JSON object: members in the order of their insertion, each name once. Small objects are searched from the front,
/// large ones through an index, so that building and looking up stay linear in all.
///
///     json::object o;
///     o.set("id", 7).set("name", "x");
class object {
public:
    using iterator = member*;
    using const_iterator = const member*;

    object() noexcept;
    object(const object& other);
    object(object&& other) noexcept;
    object& operator=(const object& other);
    object& operator=(object&& other) noexcept;
    ~object();

    std::size_t size() const noexcept;
    bool empty() const noexcept;
    iterator begin() noexcept;
    iterator end() noexcept;
    const_iterator begin() const noexcept;
    const_iterator end() const noexcept;

    /// The value of this name, or null.
    value* find(std::string_view name) noexcept;
    const value* find(std::string_view name) const noexcept;
    bool contains(std::string_view name) const noexcept { return find(name) != nullptr; }
    /// The value of this name; throws errc::no_such_member without it.
    value& at(std::string_view name);
    const value& at(std::string_view name) const;
    /// The value of this name, which is added as null if it is not there.
    value& operator[](std::string_view name);
    /// Adds the member or replaces its value; for chains.
    object& set(std::string_view name, value content) &;
    object&& set(std::string_view name, value content) &&;
    /// Removes a member; false if it is not there. The order of the others stays; takes linear time.
    bool erase(std::string_view name);
    void clear() noexcept;
    void reserve(std::size_t members);

private:
    friend class tree;

    static constexpr std::size_t small = 16;

    std::size_t position(std::string_view name) const noexcept;
    value& append(std::string_view name);
    void update_index();
    void drop_index() noexcept;

    detail::member_list members_;
    detail::name_index* index_;  // only for more than `small` members
};

/// Equal if they have the same names with equal values, in whatever order.
bool operator==(const object& a, const object& b);

}  // namespace cohort::json
