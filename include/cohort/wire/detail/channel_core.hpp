// The state of a channel: one heap block, so that a channel can be moved while operations are in flight.
#pragma once

#include "../../async/detail/text.hpp"
#include "../../async/executor.hpp"
#include "../../sys/message.hpp"
#include "../../sys/platform.hpp"
#include "../channel_options.hpp"
#include "../channel_statistics.hpp"
#include "handle_table.hpp"
#include "input_waits.hpp"
#include "output_waits.hpp"
#include "pumped_transport.hpp"
#include "transport.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

namespace cohort::detail {

template <class Stream, class Framing>
class channel_core : private transport_user {
public:
    using output_half = channel_output<channel_core, Framing>;
    using input_half = channel_input<channel_core, Framing>;

    /// `handles`: how many a message may carry; 0 where the channel is not open for handles.
    COHORT_COLD channel_core(Stream s, channel_options options, std::size_t handles)
        : options_(std::move(options)), handle_limit_(handles),
          transport_(std::move(s), *this, handles > 0 ? fds_ : nullptr, options_.peer_process()), output_(*this), input_(*this) {
        if (options_.high_water() == 0) options_.high_water(1);
    }
    channel_core(const channel_core&) = delete;
    channel_core& operator=(const channel_core&) = delete;

    [[gnu::always_inline]] const channel_options& options() const noexcept { return options_; }
    [[gnu::always_inline]] std::size_t handle_limit() const noexcept { return handle_limit_; }
    [[gnu::always_inline]] bool with_handles() const noexcept { return handle_limit_ > 0; }
    [[gnu::always_inline]] int descriptor() const noexcept { return transport_.descriptor(); }
    [[gnu::always_inline]] channel_transport<Stream>& transport() noexcept { return transport_; }
    [[gnu::always_inline]] handle_table& table() noexcept { return table_; }
    int* leaving_fds() noexcept { return leaving_fds_; }
    [[gnu::always_inline]] output_half& output() noexcept { return output_; }
    [[gnu::always_inline]] input_half& input() noexcept { return input_; }

    /// The executor whose coroutines use the channel: that of the operation begun last, which is always the same one.
    [[gnu::always_inline]] void bind(executor& exec) noexcept { exec_ = &exec; }
    [[gnu::always_inline]] executor& exec() noexcept { return *exec_; }

    void bind_current() {
        if (exec_) return;
        exec_ = transport_.current_executor();
        if (!exec_) throw std::logic_error("channel::post outside of a loop");
    }

    /// What errors call the other side.
    COHORT_COLD std::string peer_name() const {
        if (!options_.name().empty()) return options_.name();
        if (const auto who = transport_.peer(); who && who->pid > 0) return joined("pid ", decimal(who->pid));
        return "channel";
    }

    sys::outcome<sys::peer_identity> peer() const noexcept { return transport_.peer(); }

    channel_statistics statistics() const noexcept {
        channel_statistics all;
        all.messages_sent = output_.messages();
        all.messages_received = input_.messages();
        all.bytes_sent = output_.written();
        all.bytes_received = input_.bytes_read();
        all.handles_sent = output_.handles_written();
        all.handles_received = input_.handles_read();
        all.write_calls = transport_.write_calls();
        all.read_calls = transport_.read_calls();
        return all;
    }

protected:
    COHORT_COLD ~channel_core() {}

private:
    COHORT_NOINLINE void read_completed() noexcept override { input_.read_completed(); }
    COHORT_NOINLINE void write_completed() noexcept override { output_.write_completed(); }

    channel_options options_;
    std::size_t handle_limit_;
    executor* exec_ = nullptr;
    handle_table table_;
    int fds_[sys::max_message_fds];  // of the read in flight
    int leaving_fds_[sys::max_message_fds];  // of the write in flight
    channel_transport<Stream> transport_;
    output_half output_;
    input_half input_;
};

}  // namespace cohort::detail
