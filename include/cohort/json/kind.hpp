#pragma once

namespace cohort::json {

/// The six kinds of JSON values.
enum class kind { null, boolean, number, string, array, object };

/// The kind in words, with its article, as error messages use it.
inline const char* name_of(kind k) noexcept {
    switch (k) {
    case kind::null: return "null";
    case kind::boolean: return "a boolean";
    case kind::number: return "a number";
    case kind::string: return "a string";
    case kind::array: return "an array";
    case kind::object: return "an object";
    }
    return "nothing";
}

}  // namespace cohort::json
