// give(value): says that a message may take the handles of a named value with it.
#pragma once

namespace cohort {

/// A named value whose handles are to be handed over. Made by `give`.
template <class T>
class given {
public:
    explicit given(T& value) noexcept : value_(&value) {}
    T& value() const noexcept { return *value_; }

private:
    T* value_;
};

/// `co_await channel.send(give(job))`: the handles inside `job` go to the peer, and `job` has none afterwards. If the
/// send is cancelled or refused, `job` keeps them. The rest of the value is only read.
template <class T>
given<T> give(T& value) noexcept {
    return given<T>(value);
}

}  // namespace cohort
