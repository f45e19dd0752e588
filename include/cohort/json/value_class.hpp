#pragma once

#include <cohort/json/error.hpp>
#include <cohort/json/kind.hpp>
#include <cohort/json/object_class.hpp>
#include <cohort/json/options.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort::json {

class value;

/// A JSON array.
using array = std::vector<value>;

/// Any JSON value. Integers are kept exactly in 64 bits, with or without sign; other numbers are doubles. Numbers are
/// equal when they are the same number, whatever their representation. Trees of any depth may be copied, compared,
/// written and destroyed: none of these recurses.
class value {
public:
    value() noexcept : form_(form::null) {}
    value(std::nullptr_t) noexcept : form_(form::null) {}
    template <std::same_as<bool> Bool> value(Bool b) noexcept : form_(form::boolean) { of_.boolean = b; }
    template <std::integral Integer>
        requires(!std::same_as<Integer, bool> && !std::same_as<Integer, char> && sizeof(Integer) <= 8)
    value(Integer n) noexcept : form_(form::integer) {
        of_.integer = static_cast<std::int64_t>(n);
        if (!std::is_signed_v<Integer> && of_.integer < 0) {
            form_ = form::natural;
            of_.natural = static_cast<std::uint64_t>(n);
        }
    }
    template <std::floating_point Float> value(Float number) noexcept : form_(form::floating) {
        of_.floating = static_cast<double>(number);
    }
    value(const char* text) : value(std::string(text)) {}
    value(std::string_view text) : value(std::string(text)) {}
    value(const std::string& text) : value(std::string(text)) {}
    value(std::string&& text) noexcept : form_(form::text) { new (&of_.text) std::string(std::move(text)); }
    value(json::array elements) noexcept : form_(form::elements) {
        new (&of_.elements) json::array(std::move(elements));
    }
    value(json::object members) noexcept : form_(form::members) { new (&of_.members) json::object(std::move(members)); }
    value(const value& other);
    value(value&& other) noexcept : form_(form::null) { take(other); }
    value& operator=(const value& other) {
        value copy(other);
        return *this = std::move(copy);
    }
    value& operator=(value&& other) noexcept {
        value taken(std::move(other));  // first of all: `other` may be part of this value
        destroy();
        take(taken);
        return *this;
    }
    ~value() { destroy(); }

    json::kind kind() const noexcept {
        switch (form_) {
        case form::null: return kind::null;
        case form::boolean: return kind::boolean;
        case form::text: return kind::string;
        case form::elements: return kind::array;
        case form::members: return kind::object;
        default: return kind::number;
        }
    }
    bool is_null() const noexcept { return form_ == form::null; }
    bool is_bool() const noexcept { return form_ == form::boolean; }
    bool is_number() const noexcept { return kind() == kind::number; }
    /// A number written without fraction and exponent that 64 bits hold.
    bool is_integer() const noexcept { return form_ == form::integer || form_ == form::natural; }
    bool is_string() const noexcept { return form_ == form::text; }
    bool is_array() const noexcept { return form_ == form::elements; }
    bool is_object() const noexcept { return form_ == form::members; }

    /// The content; errc::wrong_kind if it is of another kind, errc::number_out_of_range if the number does not fit.
    bool as_bool() const { return need(form_ == form::boolean, kind::boolean).boolean; }
    std::int64_t as_int64() const;
    std::uint64_t as_uint64() const;
    double as_double() const;
    const std::string& as_string() const { return need(form_ == form::text, kind::string).text; }
    const json::array& as_array() const { return need(form_ == form::elements, kind::array).elements; }
    const json::object& as_object() const { return need(form_ == form::members, kind::object).members; }
    std::string& as_string() { return need(form_ == form::text, kind::string).text; }
    json::array& as_array() { return need(form_ == form::elements, kind::array).elements; }
    json::object& as_object() { return need(form_ == form::members, kind::object).members; }

    /// The content as any mapped type (defined in convert.hpp).
    template <class T> T as(const read_options& options = read_options()) const;

    /// Number of elements or members; 0 for the other kinds.
    std::size_t size() const noexcept {
        return form_ == form::elements ? of_.elements.size() : form_ == form::members ? of_.members.size() : 0;
    }
    bool empty() const noexcept { return size() == 0; }

    /// The member of this name, or null if there is none or this is no object.
    const value* find(std::string_view name) const noexcept {
        return form_ == form::members ? of_.members.find(name) : nullptr;
    }
    value* find(std::string_view name) noexcept { return form_ == form::members ? of_.members.find(name) : nullptr; }
    /// The member of this name; throws if there is none.
    const value& at(std::string_view name) const { return as_object().at(name); }
    value& at(std::string_view name) { return as_object().at(name); }
    const value& operator[](std::string_view name) const { return at(name); }
    /// The member of this name, added if it is not there; a null becomes an object.
    value& operator[](std::string_view name) {
        if (form_ == form::null) {
            *this = value(json::object());
        }
        return as_object()[name];
    }
    /// The element of this index; throws if there is none.
    const value& at(std::size_t index) const { return element(as_array(), index); }
    value& at(std::size_t index) { return const_cast<value&>(element(as_array(), index)); }
    const value& operator[](std::size_t index) const { return at(index); }
    value& operator[](std::size_t index) { return at(index); }
    /// Adds an element; a null becomes an array.
    value& push_back(value element) {
        if (form_ == form::null) {
            *this = value(json::array());
        }
        as_array().push_back(std::move(element));
        return *this;
    }

    /// The elements of an array, in a range-for. The members of an object: `as_object()`.
    const value* begin() const { return as_array().data(); }
    const value* end() const { return as_array().data() + as_array().size(); }
    value* begin() { return as_array().data(); }
    value* end() { return as_array().data() + as_array().size(); }

private:
    friend class tree;

    enum class form : unsigned char { null, boolean, integer, natural, floating, text, elements, members };

    union content {
        content() noexcept {}
        ~content() {}
        bool boolean;
        std::int64_t integer;
        std::uint64_t natural;  // only above the range of `integer`
        double floating;
        std::string text;
        json::array elements;
        json::object members;
    };

    const content& need(bool holds, json::kind wanted) const {
        if (!holds) {
            refuse(wanted);
        }
        return of_;
    }
    content& need(bool holds, json::kind wanted) {
        if (!holds) {
            refuse(wanted);
        }
        return of_;
    }
    [[noreturn, gnu::cold, gnu::noinline]] void refuse(json::kind wanted) const {
        std::string text = "expected ";
        text += name_of(wanted);
        text += ", found ";
        text += name_of(kind());
        throw error(errc::wrong_kind, text);
    }
    static const value& element(const json::array& all, std::size_t index) {
        if (index >= all.size()) {
            std::string text = "no element ";
            detail::append_number(text, index);
            text += " in an array of ";
            detail::append_number(text, all.size());
            throw error(errc::no_such_element, text);
        }
        return all[index];
    }

    void take(value& other) noexcept;
    void destroy() noexcept;

    form form_;
    content of_;
};

bool operator==(const value& a, const value& b);

}  // namespace cohort::json
