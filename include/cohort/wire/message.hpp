// message<T>: a received value with the handles that came along.
#pragma once

#include "../io/handle.hpp"

#include <vector>

namespace cohort {

/// What `receive_message` gives. The handles are those of the message that its value did not take as members, in the
/// order in which they were sent; they are closed with the message.
template <class T>
class message {
public:
    message() {}

    T& value() noexcept { return value_; }
    const T& value() const noexcept { return value_; }
    std::vector<handle>& handles() noexcept { return handles_; }
    const std::vector<handle>& handles() const noexcept { return handles_; }

private:
    T value_{};
    std::vector<handle> handles_;
};

}  // namespace cohort
