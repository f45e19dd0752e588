#pragma once

#include <cohort/json/value_class.hpp>
#include <cohort/json/work_list.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cohort::json {

/// A name and its value in an object: `for (auto& m : object) use(m.name(), m.value());` or, in plain functions,
/// `for (auto& [name, value] : object)`.
class member {
public:
    member(std::string_view name, json::value content) : name_(name), value_(std::move(content)) {}

    const std::string& name() const noexcept { return name_; }
    const json::value& value() const noexcept { return value_; }
    json::value& value() noexcept { return value_; }

    template <std::size_t I> const auto& get() const noexcept {
        if constexpr (I == 0) {
            return name_;
        } else {
            return value_;
        }
    }
    template <std::size_t I> auto& get() noexcept {
        if constexpr (I == 0) {
            return std::as_const(name_);
        } else {
            return value_;
        }
    }

private:
    std::string name_;  // not const, which would make the member immovable; nobody can change it
    json::value value_;
};

/// The algorithms over whole trees. Each goes by a list of what is still to be done instead of recursing.
class tree {
public:
    /// Destroys what a container contains, without a heap allocation. When the last child of the current container is
    /// itself a container, the two change places: the child becomes current, and the parent takes the place of the
    /// child's first child, which moves up to where the child was. So the way back is kept inside the tree, and each
    /// container is turned over once.
    static void dismantle(value& root) noexcept {
        value current(std::move(root));
        while (current.size() > 0) {
            value& last = back(current);
            if (last.size() == 0) {
                pop_back(current);
                continue;
            }
            value child(std::move(last));
            if (current.size() == 1) {
                pop_back(current);
            } else {
                value& first = front(child);
                last = std::move(first);
                first = std::move(current);
            }
            current = std::move(child);
        }
    }

    static value copy(const value& from) {
        value root;
        detail::work_list open;
        open.push_back(&from, &root);
        while (!open.empty()) {
            const detail::work_list::entry next = open.take_back();
            const value& old = *static_cast<const value*>(next.first);
            value& fresh = *const_cast<value*>(static_cast<const value*>(next.second));
            if (old.is_array()) {
                fresh = value(array(old.size()));
                const array& source = old.of_.elements;
                array& target = fresh.of_.elements;
                for (std::size_t i = 0; i < source.size(); ++i) {
                    copy_child(source[i], target[i], open);
                }
            } else if (old.is_object()) {
                fresh = value(object());
                const object& source = old.of_.members;
                object& target = fresh.of_.members;
                target.members_.reserve(source.size());
                for (const member& each : source) {
                    copy_child(each.value(), target.append(each.name()), open);
                }
            } else {
                copy_child(old, fresh, open);
            }
        }
        return root;
    }

    static bool equal(const value& a, const value& b) {
        detail::work_list open;
        open.push_back(&a, &b);
        while (!open.empty()) {
            const detail::work_list::entry next = open.take_back();
            const value& left = *static_cast<const value*>(next.first);
            const value& right = *static_cast<const value*>(next.second);
            if (left.kind() != right.kind() || left.size() != right.size()) {
                return false;
            }
            if (left.is_array()) {
                for (std::size_t i = 0; i < left.size(); ++i) {
                    open.push_back(&left.of_.elements[i], &right.of_.elements[i]);
                }
            } else if (left.is_object()) {
                for (const member& each : left.of_.members) {
                    const value* other = right.find(each.name());
                    if (other == nullptr) {
                        return false;
                    }
                    open.push_back(&each.value(), other);
                }
            } else if (!equal_leaves(left, right)) {
                return false;
            }
        }
        return true;
    }

    /// The value of the name in an object, and whether it was there before.
    static std::pair<value*, bool> slot(object& o, std::string_view name) {
        value* found = o.find(name);
        return found != nullptr ? std::pair<value*, bool>(found, true)
                                : std::pair<value*, bool>(&o.append(name), false);
    }

    // The number's representation, for the writer.
    static bool is_natural(const value& v) noexcept { return v.form_ == value::form::natural; }
    static bool is_floating(const value& v) noexcept { return v.form_ == value::form::floating; }
    static std::int64_t integer(const value& v) noexcept { return v.of_.integer; }
    static std::uint64_t natural(const value& v) noexcept { return v.of_.natural; }
    static double floating(const value& v) noexcept { return v.of_.floating; }

private:
    static value& back(value& v) noexcept {
        return v.is_array() ? v.of_.elements.back() : v.of_.members.members_.back().value();
    }
    static value& front(value& v) noexcept {
        return v.is_array() ? v.of_.elements.front() : v.of_.members.members_.front().value();
    }
    static void pop_back(value& v) noexcept {
        v.is_array() ? v.of_.elements.pop_back() : v.of_.members.members_.pop_back();
    }

    static void copy_child(const value& from, value& to, detail::work_list& open) {
        using form = value::form;
        switch (from.form_) {
        case form::null: break;
        case form::boolean: to = value(from.of_.boolean); break;
        case form::integer: to = value(from.of_.integer); break;
        case form::natural: to = value(from.of_.natural); break;
        case form::floating: to = value(from.of_.floating); break;
        case form::text: to = value(from.of_.text); break;
        case form::elements:
        case form::members: open.push_back(&from, &to); break;
        }
    }

    static bool equal_integer_floating(const value& a, double d) noexcept {
        constexpr double top = 18446744073709551616.0;  // 2^64
        if (a.form_ == value::form::natural) {
            return d >= 0 && d < top && static_cast<std::uint64_t>(d) == a.of_.natural &&
                   static_cast<double>(a.of_.natural) == d;
        }
        return d >= -top / 2 && d < top / 2 && static_cast<std::int64_t>(d) == a.of_.integer &&
               static_cast<double>(a.of_.integer) == d;
    }

    static bool equal_leaves(const value& a, const value& b) noexcept {
        using form = value::form;
        if (a.form_ != b.form_) {
            if (b.form_ == form::floating) {
                return equal_integer_floating(a, b.of_.floating);
            }
            return a.form_ == form::floating && equal_integer_floating(b, a.of_.floating);
        }
        switch (a.form_) {
        case form::boolean: return a.of_.boolean == b.of_.boolean;
        case form::integer: return a.of_.integer == b.of_.integer;
        case form::natural: return a.of_.natural == b.of_.natural;
        case form::floating: return a.of_.floating == b.of_.floating;
        case form::text: return a.of_.text == b.of_.text;
        default: return true;
        }
    }
};

}  // namespace cohort::json

template <> struct std::tuple_size<cohort::json::member> : std::integral_constant<std::size_t, 2> {};
template <> struct std::tuple_element<0, cohort::json::member> {
    using type = const std::string;
};
template <> struct std::tuple_element<1, cohort::json::member> {
    using type = cohort::json::value;
};
template <> struct std::tuple_element<1, const cohort::json::member> {
    using type = const cohort::json::value;
};
