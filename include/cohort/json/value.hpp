#pragma once

#include <cohort/detail/exchanged.hpp>
#include <cohort/json/locate.hpp>
#include <cohort/json/number.hpp>
#include <cohort/json/tree.hpp>
#include <cohort/json/value_class.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>

// The bodies of value's and object's functions, which need both classes complete, and builders.

namespace cohort::json {

inline value::value(const value& other) : form_(form::null) {
    value copy = tree::copy(other);
    take(copy);
}

inline void value::take(value& other) noexcept {
    switch (other.form_) {
    case form::null: break;
    case form::boolean: of_.boolean = other.of_.boolean; break;
    case form::integer: of_.integer = other.of_.integer; break;
    case form::natural: of_.natural = other.of_.natural; break;
    case form::floating: of_.floating = other.of_.floating; break;
    case form::text:
        new (&of_.text) std::string(std::move(other.of_.text));
        other.of_.text.~basic_string();
        break;
    case form::elements:
        new (&of_.elements) json::array(std::move(other.of_.elements));
        other.of_.elements.~vector();
        break;
    case form::members:
        new (&of_.members) json::object(std::move(other.of_.members));
        other.of_.members.~object();
        break;
    }
    form_ = other.form_;
    other.form_ = form::null;
}

inline void value::destroy() noexcept {
    if (size() > 0) {
        tree::dismantle(*this);  // leaves null behind
    }
    switch (form_) {
    case form::text: of_.text.~basic_string(); break;
    case form::elements: of_.elements.~vector(); break;
    case form::members: of_.members.~object(); break;
    default: break;
    }
    form_ = form::null;
}

inline std::int64_t value::as_int64() const {
    need(is_number(), kind::number);
    if (form_ == form::integer) {
        return of_.integer;
    }
    constexpr double top = 9223372036854775808.0;  // 2^63
    const double d = form_ == form::floating ? of_.floating : top;
    if (!(d >= -top && d < top) || static_cast<double>(static_cast<std::int64_t>(d)) != d) {
        throw error(errc::number_out_of_range, "the number is not an integer of 64 bits");
    }
    return static_cast<std::int64_t>(d);
}

inline std::uint64_t value::as_uint64() const {
    need(is_number(), kind::number);
    if (form_ == form::natural) {
        return of_.natural;
    }
    constexpr double top = 18446744073709551616.0;  // 2^64
    const double d = form_ == form::floating ? of_.floating : 0.0;
    const bool negative = form_ == form::integer && of_.integer < 0;
    if (negative || !(d >= 0 && d < top) || static_cast<double>(static_cast<std::uint64_t>(d)) != d) {
        throw error(errc::number_out_of_range, "the number is not an integer of 64 bits without sign");
    }
    return form_ == form::integer ? static_cast<std::uint64_t>(of_.integer) : static_cast<std::uint64_t>(d);
}

inline double value::as_double() const {
    need(is_number(), kind::number);
    switch (form_) {
    case form::integer: return static_cast<double>(of_.integer);
    case form::natural: return static_cast<double>(of_.natural);
    default: return of_.floating;
    }
}

inline bool operator==(const value& a, const value& b) { return tree::equal(a, b); }

inline detail::member_list::~member_list() {
    clear();
    ::operator delete(data_);
}

inline member& detail::member_list::back() noexcept { return data_[size_ - 1]; }

inline member& detail::member_list::add(std::string_view name) {
    member made(name, value());  // before anything moves: the name may be part of one that is here
    if (size_ == room_) {
        reserve(room_ < 4 ? 4 : 2 * room_);
    }
    member* const added = ::new (static_cast<void*>(data_ + size_)) member(std::move(made));
    ++size_;
    return *added;
}

inline void detail::member_list::reserve(std::size_t count) {
    if (count <= room_) {
        return;
    }
    if (count > static_cast<std::size_t>(-1) / 2 / sizeof(member)) {
        throw std::bad_alloc();
    }
    member* const larger = static_cast<member*>(::operator new(count * sizeof(member)));
    for (std::size_t i = 0; i < size_; ++i) {
        ::new (static_cast<void*>(larger + i)) member(std::move(data_[i]));
        data_[i].~member();
    }
    ::operator delete(data_);
    data_ = larger;
    room_ = count;
}

inline void detail::member_list::pop_back() noexcept { data_[--size_].~member(); }

inline void detail::member_list::erase(std::size_t at) noexcept {
    for (; at + 1 < size_; ++at) {
        data_[at] = std::move(data_[at + 1]);
    }
    pop_back();
}

inline void detail::member_list::clear() noexcept {
    while (size_ > 0) {
        pop_back();
    }
}

inline object::object() noexcept : index_(nullptr) {}

inline object::object(const object& other) : index_(nullptr) {
    members_.reserve(other.members_.size());
    try {
        for (const member& each : other) {
            append(each.name()) = each.value();
        }
    } catch (...) {
        delete index_;
        throw;
    }
}

inline object::object(object&& other) noexcept
    : members_(std::move(other.members_)), index_(cohort::detail::exchanged(other.index_, nullptr)) {}

inline object& object::operator=(const object& other) {
    object copy(other);
    return *this = std::move(copy);
}

inline object& object::operator=(object&& other) noexcept {
    object taken(std::move(other));
    members_.swap(taken.members_);
    std::swap(index_, taken.index_);
    return *this;
}

inline object::~object() { delete index_; }

inline std::size_t object::size() const noexcept { return members_.size(); }
inline bool object::empty() const noexcept { return members_.empty(); }
inline object::iterator object::begin() noexcept { return members_.data(); }
inline object::iterator object::end() noexcept { return members_.data() + members_.size(); }
inline object::const_iterator object::begin() const noexcept { return members_.data(); }
inline object::const_iterator object::end() const noexcept { return members_.data() + members_.size(); }

inline std::size_t object::position(std::string_view name) const noexcept {
    if (index_ != nullptr) {
        return index_->find(name, [this](std::size_t i) { return std::string_view(begin()[i].name()); });
    }
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (begin()[i].name() == name) {
            return i;
        }
    }
    return detail::name_index::none;
}

inline const value* object::find(std::string_view name) const noexcept {
    const std::size_t at = position(name);
    return at == detail::name_index::none ? nullptr : &begin()[at].value();
}

inline value* object::find(std::string_view name) noexcept {
    return const_cast<value*>(std::as_const(*this).find(name));
}

inline const value& object::at(std::string_view name) const {
    const value* found = find(name);
    if (found == nullptr) {
        throw error(errc::no_such_member, detail::quoted("no member", name));
    }
    return *found;
}

inline value& object::at(std::string_view name) { return const_cast<value&>(std::as_const(*this).at(name)); }

inline value& object::append(std::string_view name) {
    member& added = members_.add(name);
    try {
        update_index();
    } catch (...) {
        members_.pop_back();
        throw;
    }
    return added.value();
}

inline void object::update_index() {
    if (members_.size() <= small) {
        return;
    }
    try {
        if (index_ == nullptr) {
            index_ = new detail::name_index();
        }
        index_->update(members_.size(), [this](std::size_t i) { return std::string_view(begin()[i].name()); });
    } catch (...) {
        drop_index();  // without one the search goes from the front, and the next addition builds it anew
        throw;
    }
}

inline void object::drop_index() noexcept {
    delete index_;
    index_ = nullptr;
}

inline value& object::operator[](std::string_view name) { return *tree::slot(*this, name).first; }

inline object& object::set(std::string_view name, value content) & {
    (*this)[name] = std::move(content);
    return *this;
}

inline object&& object::set(std::string_view name, value content) && {
    (*this)[name] = std::move(content);
    return std::move(*this);
}

inline bool object::erase(std::string_view name) {
    const std::size_t at = position(name);
    if (at == detail::name_index::none) {
        return false;
    }
    drop_index();  // positions move
    members_.erase(at);
    update_index();
    return true;
}

inline void object::clear() noexcept {
    drop_index();
    members_.clear();
}

inline void object::reserve(std::size_t members) { members_.reserve(members); }

inline bool operator==(const object& a, const object& b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (const member& each : a) {
        const value* other = b.find(each.name());
        if (other == nullptr || !(each.value() == *other)) {
            return false;
        }
    }
    return true;
}

/// An array of these values: `make_array(1, "two", nullptr)`.
template <class... Values> value make_array(Values&&... values) {
    array all;
    all.reserve(sizeof...(values));
    (all.push_back(value(std::forward<Values>(values))), ...);
    return value(std::move(all));
}

namespace detail {

inline void set_members(object&) noexcept {}

template <class Content, class... Rest>
void set_members(object& target, std::string_view name, Content&& content, Rest&&... rest) {
    target.set(name, value(std::forward<Content>(content)));
    set_members(target, std::forward<Rest>(rest)...);
}

}  // namespace detail

/// An object of these names and values, in turn: `make_object("id", 7, "tags", make_array("a", "b"))`.
template <class... NamesAndValues> value make_object(NamesAndValues&&... all) {
    static_assert(sizeof...(all) % 2 == 0, "names and values go in pairs");
    object target;
    target.reserve(sizeof...(all) / 2);
    detail::set_members(target, std::forward<NamesAndValues>(all)...);
    return value(std::move(target));
}

}  // namespace cohort::json
