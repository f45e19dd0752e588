// Putting texts together, for messages and what else is not hot: one small function each for the whole library, where
// `a + b + std::to_string(c)` is compiled anew, with all that std::string has, wherever it stands.
#pragma once

#include "../../detail/decimal.hpp"

#include <string>
#include <string_view>

namespace cohort::detail {

/// The pieces in one string.
[[gnu::cold, gnu::noinline]] inline std::string joined(std::string_view a, std::string_view b,
                                                       std::string_view c = std::string_view(),
                                                       std::string_view d = std::string_view(),
                                                       std::string_view e = std::string_view()) {
    const std::string_view* const pieces[] = {&a, &b, &c, &d, &e};
    std::string text;
    for (const std::string_view* piece : pieces) text.append(piece->data(), piece->size());
    return text;
}

}  // namespace cohort::detail
