#pragma once

#include <cohort/json/parse.hpp>
#include <cohort/json/read.hpp>
#include <cohort/json/write.hpp>

#include <string>

namespace cohort::json {

/// A mapped object as a `value`. Goes by way of the text, so that there is one mapping and not two.
template <class T> value to_value(const T& object, const write_options& options = write_options()) {
    return parse(write(object, options), read_options().max_depth(static_cast<std::size_t>(-1)));
}

/// The content as any mapped type. Scalars directly, the rest by way of the text; errors carry a path but no line.
template <class T> T value::as(const read_options& options) const {
    if constexpr (std::is_same_v<T, value>) {
        return *this;
    } else if constexpr (std::is_same_v<T, bool>) {
        return as_bool();
    } else if constexpr (std::is_same_v<T, double>) {
        return as_double();
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
        return as_int64();
    } else if constexpr (std::is_same_v<T, std::string>) {
        return as_string();
    } else {
        try {
            return json::read<T>(json::write(*this), options);
        } catch (const error& e) {
            throw error(e.reason(), std::string(e.detail()), std::string(e.path()));
        }
    }
}

}  // namespace cohort::json
