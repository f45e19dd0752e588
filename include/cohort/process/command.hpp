// command: a program, its arguments and all that its process is to have, as a value.
#pragma once

#include "../async/executor.hpp"
#include "../async/task.hpp"
#include "../detail/chrono.hpp"
#include "capture_policy.hpp"
#include "child.hpp"
#include "detail/capture.hpp"
#include "detail/command_data.hpp"
#include "detail/words.hpp"
#include "ladder.hpp"
#include "output_result.hpp"
#include "slot.hpp"

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace cohort {

namespace detail {

/// The awaiter of an awaited command: owns the task that runs it.
class output_awaiter {
public:
    explicit output_awaiter(task<output_result> run) noexcept : run_(std::move(run)) {}

    bool await_ready() const noexcept { return false; }

    template <std::derived_from<promise_base> Promise>
    void await_suspend(std::coroutine_handle<Promise> parent) noexcept {
        enter_child(task_access::promise(run_), parent.promise(), parent.promise().stop);
    }

    output_result await_resume() { return task_access::promise(run_).take(); }

private:
    task<output_result> run_;
};

}  // namespace detail

/// A program to be started: a value that can be printed, copied and started many times. Nothing is looked up or opened
/// before that.
///
///     co::child server = co_await co::command("server", "--port", 80).env("LC_ALL", "C").out(co::pipe).spawn();
///     co::output_result made = co_await co::command("make", "-j", jobs).cwd("src").timeout(60s).output();
///
/// The child gets standard input, output and error as the slots say, the further descriptors that `fd` names, and no
/// other; all signals at their default; the parent's environment with the changes given here, as it is at the time of
/// the spawn.
class command {
public:
    /// The program, sought in the child's PATH unless it has a slash, and its arguments: strings and numbers.
    template <class... Args>
    explicit command(std::string_view program, const Args&... arguments) {
        data_.words.reserve(1 + sizeof...(Args));
        data_.words.push_back(std::string(program));
        (arg(arguments), ...);
    }
    [[gnu::always_inline]] command(const command& other) : data_(other.data_) {}
    [[gnu::always_inline]] command(command&& other) noexcept : data_(std::move(other.data_)) {}
    command& operator=(const command& other) {
        data_ = other.data_;
        return *this;
    }
    command& operator=(command&& other) noexcept {
        data_ = std::move(other.data_);
        return *this;
    }
    [[gnu::always_inline]] ~command() {}

    /// Adds an argument: a string of any kind, or a number.
    template <class T>
    command& arg(const T& value) {
        data_.words.push_back(detail::to_word(value));
        return *this;
    }

    /// Adds each element of a range.
    template <class Range>
    command& args(const Range& values) {
        for (const auto& value : values) arg(value);
        return *this;
    }

    /// What the program is told as its own name, in place of the word it is started by.
    command& argv0(std::string_view name) {
        data_.argv0.emplace(name);
        return *this;
    }

    /// Sets a variable of the child's environment. The value is a string or a number.
    template <class T>
    command& env(std::string_view name, const T& value) {
        data_.edit(name).value.emplace(detail::to_word(value));
        return *this;
    }

    /// Removes a variable.
    command& env_remove(std::string_view name) {
        data_.edit(name);
        return *this;
    }

    /// Begins with an empty environment, and forgets the changes made so far. A command of `self` keeps its role.
    command& env_clear() {
        data_.clear_environment = true;
        data_.forget_edits();
        return *this;
    }

    /// The directory to start in. A program path that has a slash and is relative is relative to it.
    command& cwd(std::string_view directory) {
        data_.directory.emplace(directory);
        return *this;
    }

    /// Where stdin, stdout and stderr lead: `pipe`, `null`, `inherit`, `from_file(path)`, `to_file(path)`, a handle or
    /// a stream; for stderr also `to_stdout`. `spawn` inherits what is not said, `output` captures and gives no input.
    command& in(slot where) {
        data_.in = std::move(where);
        data_.in_given = true;
        data_.input = detail::given_text();
        return *this;
    }
    command& out(slot where) {
        data_.out = std::move(where);
        data_.out_given = true;
        return *this;
    }
    command& err(slot where) {
        data_.err = std::move(where);
        data_.err_given = true;
        return *this;
    }

    /// A further descriptor of the child, beyond 2.
    command& fd(int number, slot where) {
        data_.extra.push_back(detail::extra_descriptor(number, std::move(where)));
        return *this;
    }

    /// What the program reads from stdin: fed through a pipe by `output`, from an anonymous file by `spawn`. Of this
    /// and `in`, what is said last holds.
    command& input(std::string_view bytes) {
        data_.input.emplace(bytes);
        data_.in = slot(slot::kind::inherit);
        data_.in_given = false;
        return *this;
    }
    command& input(std::span<const std::byte> bytes) {
        return input(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    }

    /// How many bytes of each output `output` may hold, and what it does at the limit. 64 MiB and `fail` if it is not
    /// said.
    command& capture_limit(std::size_t bytes, capture_policy policy = capture_policy::fail) {
        data_.capture_limit = bytes;
        data_.policy = policy;
        return *this;
    }

    /// How long `output` waits for more from an output that a grandchild holds open after the program itself has ended;
    /// counted anew whenever bytes arrive, up to the command's `timeout` if it has one. 250 ms if it is not said.
    template <class Rep, class Period>
    command& output_grace(std::chrono::duration<Rep, Period> grace) {
        data_.idle_grace = to_nanoseconds(grace);
        if (data_.idle_grace < 0) data_.idle_grace = 0;
        return *this;
    }

    /// Runs the stop ladder if the program has not ended by then; at once if that is not in the future.
    template <class Rep, class Period>
    command& timeout(std::chrono::duration<Rep, Period> limit) {
        data_.time_limit = to_nanoseconds(limit);
        if (data_.time_limit < 0) data_.time_limit = 0;  // below it there is no limit
        return *this;
    }

    /// How it is stopped: by `child::stop`, by a timeout, or when its owner is gone.
    command& on_stop(ladder steps) {
        data_.on_stop = steps;
        data_.on_stop_given = true;
        return *this;
    }

    /// A session of its own: no terminal, and a process group of its own.
    command& new_session() {
        data_.new_session = true;
        return *this;
    }

    /// A process group of its own: signals of `child::kill` and of the ladder reach all of it, signals of the terminal
    /// none. The ladder goes on for the others where the process itself ends before them.
    command& new_group() {
        data_.new_group = true;
        return *this;
    }

    /// Starts it. Completes at once, with the `child`; the calling thread is held for the time of a clone and an exec.
    /// Errors: `spawn_error`, with the step. Cancellation: nothing has been started. Source: clone(2), execve(2).
    [[nodiscard("co_await it")]] spawn_operation spawn() const { return spawn_operation(data_); }

    /// Runs it and completes when it has ended and its outputs are read. Exit codes and signals are results. Errors:
    /// `spawn_error`; ENOBUFS beyond a limit with the policy `fail`. Cancellation: the process is handed to the loop,
    /// which runs its ladder.
    template <class = void>
    [[nodiscard("co_await it")]] task<output_result> output() const {
        return detail::capture::run(data_);
    }

    /// Awaiting a command is awaiting its `output()`.
    template <class = void>
    detail::output_awaiter operator co_await() const {
        return detail::output_awaiter(output());
    }

    /// Runs it and gives what it wrote to stdout, less one newline at the end. Errors: those of `output`, and
    /// `command_failed` unless it exited with 0.
    template <class = void>
    [[nodiscard("co_await it")]] task<std::string> text() const {
        return text_of(data_);
    }

    /// As one would type it in a shell: `LC_ALL=C git commit -m 'two words'`.
    std::string to_string() const { return data_.to_string(); }

    /// For the library: what it is made of.
    [[gnu::always_inline]] const detail::command_data& data() const noexcept { return data_; }
    [[gnu::always_inline]] detail::command_data& data() noexcept { return data_; }

private:
    template <class = void>
    static task<std::string> text_of(detail::command_data data) {
        output_result done = co_await detail::capture::run(std::move(data));
        co_return done.text();
    }

    detail::command_data data_;
};

}  // namespace cohort
