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

/// A child that was started with a channel. Its usual stop ladder begins with patience: the end of the channel tells a
/// worker to end (2 s), then SIGTERM (3 s), then SIGKILL.
template <class Channel>
class worker_process : public child {
public:
    worker_process() noexcept {}
    worker_process(child process, Channel link) noexcept : child(std::move(process)), channel_(std::move(link)) {}
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

/// Starts any program that uses this library with a channel, which it takes by `parent<Channel>`. Errors:
/// `spawn_error`. Cancellation: nothing has been started.
///
///     co::worker_process<link> w = co_await co::fork<link>(co::command("./other", "--fast"));
template <class Channel>
[[nodiscard("co_await it")]] COHORT_COLD task<worker_process<Channel>> fork(command program,
                                                                channel_options options = channel_options()) {
    detail::command_data& data = program.data();
    int number = 3;
    for (std::size_t i = 0; i < data.extra.size(); ++i) {
        if (data.extra[i].number != number) continue;
        ++number;
        i = static_cast<std::size_t>(-1);  // numbers are in any order
    }
    program.fd(number, pipe).env(detail::channel_variable, number);
    if (!data.on_stop_given) {
        data.on_stop = ladder::patient(std::chrono::seconds(2));
        data.on_stop.then(sys::sigterm, std::chrono::seconds(3)).then_kill();
    }
    if (options.name().empty()) options.name(data.title());
    child started = co_await program.spawn();
    Channel link(detail::child_access::take_fd(started, number), std::move(options));
    co_return worker_process<Channel>(std::move(started), std::move(link));
}

}  // namespace cohort
