// What a child's further descriptors lead through, as a kind of stream.
#pragma once

#include "../../io/stream.hpp"
#include "../../sys/child_link.hpp"

namespace cohort::detail {

inline constexpr stream::type child_link_type =
    sys::child_link_kind == sys::handle_kind::socket ? stream::type::socket : stream::type::pipe;

}  // namespace cohort::detail
