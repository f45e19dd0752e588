// codec::json: plain structs and json::value as JSON text.
#pragma once

#include "../json/error.hpp"
#include "../json/options.hpp"
#include "../json/parse.hpp"
#include "../json/read.hpp"
#include "../json/write.hpp"
#include "codec.hpp"
#include "handle_adapter.hpp"

#include <string>
#include <string_view>

namespace cohort::codec {

/// JSON by the typed mapping of cohort::json. Any plain struct is a message; so is `json::value`.
class json {
public:
    /// What `receive` gives where no type is named.
    using dynamic = cohort::json::value;

    [[gnu::always_inline]] json() noexcept {}

    /// With options of reading and writing. Their context pointer reaches adapters, except in messages that have
    /// handles as members.
    json(const cohort::json::write_options& writing, const cohort::json::read_options& reading) noexcept
        : writing_(writing), reading_(reading) {}

    template <class T>
    void encode(std::string& out, const T& value, cohort::detail::handle_table& table) const {
        if constexpr (cohort::detail::carries_handles<T>) {
            cohort::json::write_options with_table = writing_;
            cohort::json::append(out, value, with_table.context(&table));
        } else {
            cohort::json::append(out, value, writing_);
        }
    }

    template <class T>
    void decode(std::string_view payload, T& target, cohort::detail::handle_table& table) const {
        try {
            if constexpr (cohort::detail::carries_handles<T>) {
                cohort::json::read_options with_table = reading_;
                cohort::json::read_into(target, payload, with_table.context(&table));
            } else {
                cohort::json::read_into(target, payload, reading_);
            }
        } catch (const cohort::json::error& e) {
            refuse(e);
        }
    }

private:
    [[noreturn, gnu::cold, gnu::noinline]] static void refuse(const cohort::json::error& e) {
        throw decode_error(e.what(), e.offset());
    }

    cohort::json::write_options writing_;
    cohort::json::read_options reading_;
};

}  // namespace cohort::codec
