// parent: a worker's end of the channel to the process that started it.
#pragma once

#include "../async/error.hpp"
#include "../io/stream.hpp"
#include "../sys/process.hpp"
#include "../sys/platform.hpp"
#include "../wire/channel.hpp"
#include "../wire/channel_options.hpp"
#include "detail/child_link_type.hpp"
#include "detail/inherited.hpp"

#include <cerrno>
#include <utility>

namespace cohort {

namespace detail {

/// The type of the other side's channel: what one sends the other receives.
template <class Channel>
struct reversed_channel;
template <class Stream, class Framing, class Codec, class Out, class In>
struct reversed_channel<channel<Stream, Framing, Codec, Out, In>> {
    using type = channel<Stream, Framing, Codec, In, Out>;
};

}  // namespace detail

/// The channel to the parent, in a process that was started by `fork_self` or `fork`. `Channel` is named as the parent
/// names it: with `link = channel_to<render, done>` the parent sends `render`, so `parent<link>` receives it.
///
/// When the parent ends, or has closed its end, `receive` gives an empty optional: that is when a worker ends. It
/// throws ECONNRESET if the parent had not read all that was sent to it.
template <class Channel>
class parent : public detail::reversed_channel<Channel>::type {
public:
    using channel_type = typename detail::reversed_channel<Channel>::type;

    /// Takes the channel, of which there is one in a process. Errors: ENOTCONN if this process was started without one,
    /// or it has been taken.
    COHORT_COLD explicit parent(channel_options options = channel_options())
        : channel_type(stream(take(), detail::child_link_type), std::move(options.peer_process(sys::getppid()))) {}

    parent(parent&&) noexcept = default;
    parent& operator=(parent&&) noexcept = default;

    channel_type& channel() noexcept { return *this; }

private:
    COHORT_COLD static handle take() {
        handle fd = detail::inherited::get().take_channel();
        if (!fd) throw error(ENOTCONN, "parent");
        return fd;
    }
};

}  // namespace cohort
