// What a channel needs of its stream, in completion style: one read and one write in flight, told of by a callback.
#pragma once

namespace cohort::detail {

/// Who is told of completions.
class transport_user {
public:
    virtual void read_completed() noexcept = 0;
    virtual void write_completed() noexcept = 0;

protected:
    ~transport_user() = default;
};

template <class Stream>
class channel_transport;

}  // namespace cohort::detail
