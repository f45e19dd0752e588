// What a parent that uses this library has given this process: the descriptor of a channel, and a role.
//
// They come by the environment. They are taken out of it by the first who asks, and the descriptor is made
// close-on-exec, so that no child of this process, started by whatever means, takes itself for the parent's worker.
#pragma once

#include "../../detail/decimal.hpp"
#include "../../io/handle.hpp"
#include "../../sys/child_link.hpp"
#include "../../sys/environment.hpp"
#include "../../sys/given.hpp"
#include "../../sys/io.hpp"
#include "../../sys/platform.hpp"
#include "command_data.hpp"

#include <climits>
#include <cstdint>
#include <string>
#include <string_view>

namespace cohort::detail {

class inherited {
public:
    inherited(const inherited&) = delete;
    inherited& operator=(const inherited&) = delete;

    /// The one of this process. To be called first while no other thread reads the environment, as `run` does.
    static inherited& get() {
        static inherited mine;
        return mine;
    }

    /// The role that this process was started for; empty if none.
    [[gnu::always_inline]] const std::string& role() const noexcept { return role_; }

    /// Whether the role's code has been entered.
    [[gnu::always_inline]] bool entered() const noexcept { return entered_; }
    [[gnu::always_inline]] void enter() noexcept { entered_ = true; }

    /// The channel's descriptor, once; afterwards and without a channel an empty one.
    [[gnu::always_inline]] handle take_channel() noexcept { return std::move(channel_); }

private:
    COHORT_COLD inherited() {
        const std::string channel = sys::take_variable(channel_variable);
        role_ = sys::take_variable(role_variable);
        std::uint32_t number = 0;
        if (read_decimal(channel, number) != channel.size() || number < 3 || number > INT_MAX) return;
        const auto fd = sys::given_descriptor(static_cast<int>(number));
        if (!fd) return;
        // What is no such link is not the channel: the variable has come by another way, and the number means something
        // else.
        const auto kind = sys::kind(*fd);
        if (!kind || *kind != sys::child_link_kind) return;
        handle owned(*fd);
        if (!sys::set_close_on_exec(*fd, true) || !sys::set_nonblocking(*fd, true)) return;
        channel_ = std::move(owned);
    }

    std::string role_;
    handle channel_;
    bool entered_ = false;
};

}  // namespace cohort::detail
