// What a parent that uses this library has given this process: the descriptor of a channel, and a role.
//
// They come by the environment. They are taken out of it by the first who asks, and the descriptor is made
// close-on-exec, so that no child of this process, started by whatever means, takes itself for the parent's worker.
#pragma once

#include "../../detail/decimal.hpp"
#include "../../io/handle.hpp"
#include "../../sys/io.hpp"
#include "../../sys/platform.hpp"
#include "../../sys/process.hpp"
#include "environment.hpp"

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
        const std::string channel = take_variable(channel_variable);
        role_ = take_variable(role_variable);
        std::uint32_t number = 0;
        if (read_decimal(channel, number) != channel.size() || number < 3 || number > INT_MAX) return;
        const int fd = static_cast<int>(number);
        // What is no socket is not the channel: the variable has come by another way, and the number means something
        // else.
        const auto kind = sys::kind(fd);
        if (!kind || *kind != sys::handle_kind::socket) return;
        handle owned(fd);
        if (!sys::set_close_on_exec(fd, true) || !sys::set_nonblocking(fd, true)) return;
        channel_ = std::move(owned);
    }

    /// Takes all entries of a name out of the environment, as unsetenv(3) does, and gives the value of the first.
    COHORT_COLD static std::string take_variable(std::string_view name) {
        std::string value;
        char** to = sys::environment();
        if (!to) return value;
        bool found = false;
        for (char** from = to; *from; ++from) {
            const std::string_view entry = *from;
            if (entry.size() > name.size() && entry[name.size()] == '=' && entry.substr(0, name.size()) == name) {
                if (!found) value = entry.substr(name.size() + 1);
                found = true;
            } else {
                *to++ = *from;
            }
        }
        *to = nullptr;
        return value;
    }

    std::string role_;
    handle channel_;
    bool entered_ = false;
};

}  // namespace cohort::detail
