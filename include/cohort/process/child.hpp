// child: a started process and its streams.
#pragma once

#include "../async/detail/list.hpp"
#include "../async/detail/text.hpp"
#include "../async/error.hpp"
#include "../async/task.hpp"
#include "../detail/exchanged.hpp"
#include "../io/buffered_reader.hpp"
#include "../io/stream.hpp"
#include "../sys/platform.hpp"
#include "detail/command_data.hpp"
#include "detail/launch.hpp"
#include "detail/owned_process.hpp"
#include "exit_status.hpp"
#include "ladder.hpp"
#include "stop_cause.hpp"

#include <cerrno>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace cohort {

namespace detail {
class child_access;
}

/// A started process. Owns it: a `child` that is destroyed while its process runs hands the process over to the loop,
/// which runs its stop ladder and reaps it. Nothing blocks; the loop's `run` does not return before the ladder is done.
/// To let the process live on, `detach` it.
///
/// Movable while nothing is in flight on its streams; waits may be. Belongs to the loop that started it and to its
/// thread.
class child {
public:
    /// No process.
    child() noexcept {}
    COHORT_COLD child(child&& other) noexcept = default;
    COHORT_COLD child& operator=(child&& other) noexcept {
        if (this != &other) {
            release();
            process_ = std::move(other.process_);
            title_ = std::move(other.title_);
            streams_ = std::move(other.streams_);
        }
        return *this;
    }
    COHORT_COLD ~child() { release(); }

    /// Whether it has a process, running or ended.
    explicit operator bool() const noexcept { return process_.get() != nullptr; }

    /// The process's number; -1 without a process. After the end it may belong to somebody else.
    int pid() const noexcept { return process_.get() ? process_.get()->pid() : -1; }

    /// The near ends of its pipes; the outputs can be read by lines: `while (auto line = co_await c.out().line())`.
    /// Using one that the command did not ask for is an error (EBADF) of that operation.
    [[gnu::always_inline]] stream& in() noexcept { return streams_.in; }
    [[gnu::always_inline]] buffered_reader<stream>& out() noexcept { return streams_.out; }
    [[gnu::always_inline]] buffered_reader<stream>& err() noexcept { return streams_.err; }

    /// The near end of the further descriptor `number`, a socket pair. Errors: EBADF if the command has no pipe there.
    stream& fd(int number) {
        for (detail::extra_stream& one : streams_.extra)
            if (one.number == number) return one.end;
        throw error(EBADF, "child::fd", detail::decimal(number));
    }

    /// Completes when the process has ended, with its status, at once if it has ended before. Any number of waits may
    /// be in flight. It does not read the pipes: a process that fills one of them does not end. Errors: ECHILD without
    /// a process; ENOMEM or ENOSPC if the loop cannot watch it. Cancellation: leaves the process alone. Source:
    /// waitid(2), pidfd_open(2).
    [[nodiscard("co_await it")]] detail::exit_wait wait() noexcept { return detail::exit_wait(process_.get()); }

    /// The status if the end has been noticed, by a wait or by the loop.
    /// A template, so that only who asks compiles an optional of it.
    template <class Status = exit_status>
    std::optional<Status> status() const noexcept {
        std::optional<Status> known;
        if (process_.get() && process_.get()->status()) known = *process_.get()->status();
        return known;
    }

    /// Sends a signal. False if the process has ended; never reaches another process of the same number. A process in a
    /// group or session of its own gets it with all of that group. Errors: EPERM, EINVAL. Source: pidfd_send_signal(2).
    bool kill(int sig) { return process_.get() && process_.get()->signal(sig); }

    /// Begins the stop ladder of its command, or goes on with it, and completes when the process has ended; one
    /// with a group of its own, when the others of the group have, too, or the ladder is at its end. Several may wait.
    /// Cancellation: ends the wait; the ladder, once begun, goes on.
    template <class = void>
    [[nodiscard("co_await it")]] task<exit_status> stop() {
        return stopping(*this);
    }

    /// The same with another ladder; one that has begun is not changed.
    template <class = void>
    [[nodiscard("co_await it")]] task<exit_status> stop(ladder steps) {
        if (process_.get()) process_.get()->set_ladder(steps);
        return stop();
    }

    /// Why the library stopped it, if it did.
    stop_cause stopped_by() const noexcept { return process_.get() ? process_.get()->cause() : stop_cause(); }

    /// Lets the process live on without an owner: it is neither waited for nor stopped, and its pipes are closed. The
    /// loop reaps it if it ends while the loop exists.
    COHORT_COLD void detach() noexcept {
        if (process_.get()) process_.take()->detach();
        streams_ = detail::child_streams();
    }

    /// What messages call it: `git rev-parse`.
    [[gnu::always_inline]] const std::string& title() const noexcept { return title_; }

private:
    friend detail::child_access;

    /// A pointer that moves.
    class pointer {
    public:
        [[gnu::always_inline]] pointer() noexcept {}
        [[gnu::always_inline]] explicit pointer(detail::owned_process* p) noexcept : p_(p) {}
        [[gnu::always_inline]] pointer(pointer&& other) noexcept : p_(other.take()) {}
        pointer& operator=(pointer&& other) noexcept {
            p_ = other.take();
            return *this;
        }
        [[gnu::always_inline]] detail::owned_process* get() const noexcept { return p_; }
        [[gnu::always_inline]] detail::owned_process* take() noexcept { return detail::exchanged(p_, nullptr); }

    private:
        detail::owned_process* p_ = nullptr;
    };

    COHORT_COLD void release() noexcept {
        if (process_.get()) process_.take()->orphan();
    }

    template <class = void>
    static task<exit_status> stopping(child& self) {
        // Nothing of `self` is used after the first suspension.
        if (self.process_.get()) self.process_.get()->stop(stop_cause::reason::request);
        detail::exit_wait end = self.wait();
        co_return co_await end;
    }

    pointer process_;
    std::string title_;
    detail::child_streams streams_;
};

namespace detail {

/// What makes children.
class child_access {
public:
    COHORT_COLD static child start(const command_data& command, loop& where) {
        child result;
        const sys::spawned made = launcher(command, result.streams_).run();
        handle pidfd(made.pidfd);
        const bool leads_group = command.new_group || command.new_session;
        // From here on the process must not be lost: what may throw comes with a kill.
        owned_process* process = nullptr;
        try {
            process = new owned_process(where, made, std::move(pidfd), command.on_stop, leads_group);
        } catch (...) {
            const sys::process_tree whole(made, leads_group);
            static_cast<void>(sys::pidfd_send_signal(pidfd.native(), sys::sigkill));
            static_cast<void>(sys::wait_pidfd(pidfd.native(), false));
            throw;
        }
        result.process_ = child::pointer(process);
        result.title_ = command.title();
        if (command.time_limit >= 0) process->limit_time(command.time_limit);
        return result;
    }

    /// Hands out the near end of a further descriptor.
    COHORT_COLD static stream take_fd(child& c, int number) {
        for (std::size_t i = 0; i < c.streams_.extra.size(); ++i) {
            if (c.streams_.extra[i].number != number) continue;
            stream end = std::move(c.streams_.extra[i].end);
            c.streams_.extra[i] = std::move(c.streams_.extra.back());
            c.streams_.extra.pop_back();
            return end;
        }
        return stream();
    }

    [[gnu::always_inline]] static owned_process& process(child& c) noexcept { return *c.process_.get(); }
};

}  // namespace detail

/// The awaitable of `command::spawn`.
class spawn_operation : public operation<spawn_operation> {
public:
    explicit spawn_operation(detail::command_data command) : operation("spawn"), command_(std::move(command)) {}
    spawn_operation(const spawn_operation& other) : operation(other), command_(other.command_) {}

    child await_resume() {
        throw_if_cancelled();
        if (thrown_) std::rethrow_exception(thrown_);
        return std::move(started_);
    }

protected:
    detail::command_data& data() noexcept { return command_; }

private:
    friend operation<spawn_operation>;

    // The spawn itself takes the time of a clone and an exec, half a millisecond; there is nothing to wait for.
    bool try_start() noexcept {
        try {
            started_ = detail::child_access::start(command_, loop::of(exec()));
        } catch (...) {
            thrown_ = std::current_exception();
        }
        return true;
    }

    [[gnu::always_inline]] bool withdraw() noexcept { return true; }

    detail::command_data command_;
    child started_;
    std::exception_ptr thrown_;
};

}  // namespace cohort
