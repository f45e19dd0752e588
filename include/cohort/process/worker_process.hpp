// worker_process: a child with a channel.
#pragma once

#include "../async/attempt.hpp"
#include "../async/task.hpp"
#include "../async/timeout.hpp"
#include "../detail/chrono.hpp"
#include "../sys/platform.hpp"
#include "../wire/channel.hpp"
#include "../wire/channel_options.hpp"
#include "child.hpp"
#include "command.hpp"

#include <string>
#include <utility>

namespace cohort {

/// A child that was started with a channel. Its usual stop ladder is `ladder::worker()`: the end of the channel tells a
/// worker to end.
template <class Channel>
class worker_process : public child {
public:
    worker_process() noexcept {}
    worker_process(child&& process, Channel&& link) noexcept : child(std::move(process)), channel_(std::move(link)) {}
    worker_process(worker_process&&) noexcept = default;
    worker_process& operator=(worker_process&&) noexcept = default;

    /// The channel to it. When the worker has ended, `receive` gives an empty optional, after what it had sent; it
    /// throws ECONNRESET if the worker had not read all that was sent to it.
    [[gnu::always_inline]] Channel& channel() noexcept { return channel_; }

    /// Sends what is queued, tells the worker that nothing more comes, and runs its ladder until it has ended. Messages
    /// that it sends meanwhile can be received. Cancellation: as with `child::stop`.
    [[nodiscard("co_await it")]] task<exit_status> stop() { return stopping(*this); }

    /// The same with another ladder.
    [[nodiscard("co_await it")]] task<exit_status> stop(ladder steps) { return stopping(*this, std::move(steps)); }

private:
    COHORT_COLD static task<> farewell(worker_process& self) {
        if (!self.channel_ || self.status()) co_return;
        // A worker that does not read, or is gone, is for the ladder.
        auto said = co_await attempt(cohort::timeout(std::chrono::seconds(1), self.channel_.shutdown_write()));
        if (said.cancelled()) throw cancelled();
    }

    COHORT_COLD static task<exit_status> stopping(worker_process& self) {
        co_await farewell(self);
        co_return co_await self.child::stop();
    }

    COHORT_COLD static task<exit_status> stopping(worker_process& self, ladder steps) {
        co_await farewell(self);
        co_return co_await self.child::stop(steps);
    }

    Channel channel_;
};

namespace detail {

/// Completes a command so that it starts a worker; gives the number of the descriptor that its channel has there.
COHORT_COLD inline int complete_for_channel(command_data& command, channel_options& options) {
    int number = 3;
    for (std::size_t i = 0; i < command.extra.size(); ++i) {
        if (command.extra[i].number != number) continue;
        ++number;
        i = static_cast<std::size_t>(-1);  // numbers are in any order
    }
    command.extra.push_back(extra_descriptor(number, pipe));
    command.extra.back().for_loop = true;
    command.edit(channel_variable).value.emplace(decimal(number));
    if (!command.on_stop_given) command.on_stop = ladder::worker();
    if (options.name().empty()) options.name(command.title());
    return number;
}

}  // namespace detail

/// The awaitable of `fork` and `fork_self`.
template <class Channel>
class fork_operation : public spawn_operation {
public:
    fork_operation(command program, channel_options options)
        : spawn_operation(std::move(program.data())), options_(std::move(options)),
          number_(detail::complete_for_channel(data(), options_)) {}

    worker_process<Channel> await_resume() {
        child started = spawn_operation::await_resume();
        options_.peer_process(started.pid());
        Channel link(detail::child_access::take_fd(started, number_), std::move(options_));
        return worker_process<Channel>(std::move(started), std::move(link));
    }

private:
    channel_options options_;
    int number_;
};

/// Starts any program that uses this library with a channel, which it takes by `parent<Channel>`. Completes at once,
/// as `command::spawn` does. Errors: `spawn_error`. Cancellation: nothing has been started.
///
///     co::worker_process<link> w = co_await co::fork<link>(co::command("./other", "--fast"));
template <class Channel>
[[nodiscard("co_await it")]] fork_operation<Channel> fork(command program,
                                                          channel_options options = channel_options()) {
    return fork_operation<Channel>(std::move(program), std::move(options));
}

}  // namespace cohort
