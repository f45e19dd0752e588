#pragma once

#include <cohort/json/adapter.hpp>
#include <cohort/json/reader.hpp>
#include <cohort/json/reader_access.hpp>
#include <cohort/json/value.hpp>
#include <cohort/json/work_list.hpp>
#include <cohort/json/writer.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace cohort::json {

namespace detail {

inline value read_scalar(reader& r, kind next) {
    switch (next) {
    case kind::null: r.read_null(); return value();
    case kind::boolean: return value(r.read_bool());
    case kind::string: {
        std::string text;
        r.read_string(text);
        return value(std::move(text));
    }
    default: break;
    }
    const numeral n = reader_access::next_numeral(r);
    if (n.integer && n.exact) {
        std::int64_t integer = 0;
        if (to_integer(n, integer) && !(n.negative && integer == 0)) {  // -0 is a double: an integer has no such zero
            return value(integer);
        }
        if (!n.negative) {
            return value(n.digits);
        }
    }
    return value(reader_access::to_double(r, n));
}

/// Reads any value. No recursion: `open` holds the way from the root. A container that is open is the last child of
/// its parent or a member of it that is not moved before it is closed, so the pointers stay good.
inline void read_dynamic(reader& r, value& target) {
    work_list open;
    value* next = &target;
    std::string_view name;
    for (;;) {
        const kind k = r.peek();
        if (k == kind::array) {
            r.begin_array();
            *next = value(array());
            open.push_back(next);
        } else if (k == kind::object) {
            r.begin_object();
            *next = value(object());
            open.push_back(next);
        } else {
            *next = read_scalar(r, k);
        }
        while (!open.empty()) {
            value& top = *const_cast<value*>(static_cast<const value*>(open.back().first));
            if (top.is_array()) {
                if (r.next_element()) {
                    next = &top.as_array().emplace_back();
                    break;
                }
            } else if (r.next_member(name)) {
                const std::pair<value*, bool> slot = tree::slot(top.as_object(), name);
                if (slot.second && r.options().duplicates() == duplicates::refuse) {
                    r.refuse(std::string(), errc::duplicate_member);
                }
                next = slot.first;
                break;
            }
            open.pop_back();
        }
        if (open.empty()) {
            return;
        }
    }
}

inline void write_scalar(writer& w, const value& v) {
    using access = writer_access;
    switch (v.kind()) {
    case kind::null: access::put(w, "null", 4); break;
    case kind::boolean: access::boolean(w, v.as_bool()); break;
    case kind::string: access::string(w, v.as_string()); break;
    default:
        if (tree::is_floating(v)) {
            access::floating(w, tree::floating(v));
        } else if (tree::is_natural(v)) {
            access::integer(w, tree::natural(v));
        } else {
            access::integer(w, tree::integer(v));
        }
    }
}

/// Writes any value, without recursion.
inline void write_dynamic(writer& w, const value& root) {
    if (!root.is_array() && !root.is_object()) {
        write_scalar(w, root);
        return;
    }
    work_list open;
    const value* entered = &root;
    for (;;) {
        if (entered != nullptr) {
            entered->is_array() ? w.begin_array() : w.begin_object();
            open.push_back(entered);
            entered = nullptr;
        }
        work_list::entry& top = open.back();  // its number: the child that is next
        const value& container = *static_cast<const value*>(top.first);
        while (entered == nullptr && top.number < container.size()) {
            const value* child = nullptr;
            if (container.is_array()) {
                child = &container.as_array()[top.number];
                writer_access::separate(w);
            } else {
                const member& m = container.as_object().begin()[top.number];
                child = &m.value();
                w.key(m.name());
            }
            ++top.number;
            if (child->is_array() || child->is_object()) {
                entered = child;
            } else {
                write_scalar(w, *child);
            }
        }
        if (entered == nullptr) {
            container.is_array() ? w.end_array() : w.end_object();
            open.pop_back();
            if (open.empty()) {
                return;
            }
        }
    }
}

}  // namespace detail

/// Parses a whole JSON text (RFC 8259).
inline value parse(std::string_view text, const read_options& options = read_options()) {
    reader r(text, options);
    value root;
    detail::read_dynamic(r, root);
    r.finish();
    return root;
}

/// `json::object` itself as the type of a member.
template <> struct adapter<object> {
    static void write(writer& w, const object& o) {
        w.begin_object();
        for (const member& each : o) {
            w.key(each.name());
            detail::write_dynamic(w, each.value());
        }
        w.end_object();
    }
    static void read(reader& r, object& o) {
        if (r.peek() != kind::object) {
            r.begin_object();  // says what was expected
        }
        value whole;
        detail::read_dynamic(r, whole);
        o = std::move(whole.as_object());
    }
    static bool accepts(kind k) { return k == kind::object; }
};

}  // namespace cohort::json
