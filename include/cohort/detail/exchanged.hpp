// Taking a value out of its place: std::exchange as one always inlined function. That one is two functions for each
// pair of types, and instantiates a dozen traits to say whether it throws.
#pragma once

namespace cohort::detail {

/// Puts `value` in the place and gives what was there.
template <class T, class U>
[[gnu::always_inline]] constexpr T exchanged(T& place, U&& value) {
    T former = static_cast<T&&>(place);
    place = static_cast<U&&>(value);
    return former;
}

}  // namespace cohort::detail
