// The event loop: an executor that waits for the system.
//
// A turn: ask the backend for completions, blocking only if nothing is ready; fire timers; run what other threads
// posted; run ready coroutines (a bounded share); flush what was collected (turn hooks). The backend completes ends of
// processes before other requests.
//
// Why no wake-up from another thread is lost: `post` pushes first and then looks whether the loop sleeps; the loop
// announces that it will sleep first and then looks whether anything was pushed. Both are sequentially consistent, so
// at least one of the two sees the other. While the loop is awake, `post` costs no system call.
//
// Nothing process-wide is changed. SIGPIPE is blocked in the loop's thread while it runs, and one that its own writes
// raised is discarded before the mask is put back.
#pragma once

#include "../async/detail/text.hpp"
#include "../async/error.hpp"
#include "../async/executor.hpp"
#include "../async/operation.hpp"
#include "../async/scope.hpp"
#include "../async/stop.hpp"
#include "../async/task.hpp"
#include "../detail/atomic.hpp"
#include "../detail/chrono.hpp"
#include "../detail/exchanged.hpp"
#include "../sys/io.hpp"
#include "../sys/platform.hpp"
#include "../sys/process.hpp"
#include "../sys/signal.hpp"
#include "backend.hpp"
#include "dump.hpp"
#include "posted.hpp"
#include "spin.hpp"

#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace cohort {

/// How a loop behaves. A fluent value.
class loop_options {
public:
    [[gnu::always_inline]] loop_options() noexcept {}

    /// Before blocking, look for events for up to `budget` (0, the default: never). Spins only where at least two CPUs
    /// are usable and as long as recent spins found something; an idle loop always ends up blocked, using no CPU.
    loop_options& spin(std::chrono::nanoseconds budget) noexcept {
        spin_ = budget;
        return *this;
    }
    [[gnu::always_inline]] std::chrono::nanoseconds spin() const noexcept { return spin_; }

private:
    std::chrono::nanoseconds spin_{0};
};

/// Something that goes on in a loop apart from its coroutines, such as the end of a process that nobody awaits any
/// more. Whatever is still there when the loop is destroyed is told, and takes itself out of the list.
class loop_resident {
public:
    using callback = void (*)(loop_resident&) noexcept;

    [[gnu::always_inline]] explicit loop_resident(callback on_loop_end) noexcept : on_loop_end_(on_loop_end) {}
    loop_resident(const loop_resident&) = delete;
    loop_resident& operator=(const loop_resident&) = delete;
    [[gnu::always_inline]] ~loop_resident() { leave(); }

    void leave() noexcept {
        if (!link_) return;
        *link_ = next_;
        if (next_) next_->link_ = link_;
        next_ = nullptr;
        link_ = nullptr;
    }

private:
    template <backend>
    friend class basic_loop;
    loop_resident* next_ = nullptr;
    loop_resident** link_ = nullptr;
    callback on_loop_end_;
};

namespace detail {

/// Room for a stop source that is made later, and again when it has been used.
class late_stop {
public:
    late_stop() noexcept {}
    late_stop(const late_stop&) = delete;
    late_stop& operator=(const late_stop&) = delete;
    ~late_stop() { drop(); }

    [[gnu::always_inline]] bool given() const noexcept { return given_; }
    [[gnu::always_inline]] stop_source& get() noexcept { return source_; }

    void make(stop_token parent) noexcept {
        drop();
        ::new (static_cast<void*>(&source_)) stop_source(parent);
        given_ = true;
    }

private:
    void drop() noexcept {
        if (given_) source_.~stop_source();
        given_ = false;
    }

    union {
        stop_source source_;
    };
    bool given_ = false;
};

}  // namespace detail

/// An event loop over a backend. Belongs to the thread that runs it; only `post` may be called from other threads.
template <backend Backend>
class basic_loop : public executor {
public:
    using backend_type = Backend;
    using descriptor = typename Backend::descriptor;
    using error_sink = void (*)(std::exception_ptr) noexcept;

    COHORT_COLD explicit basic_loop(loop_options options = loop_options()) {
        spin_.configure(options.spin().count(), options.spin().count() > 0 ? sys::usable_cpus().value_or(1) : 1);
    }

    COHORT_COLD ~basic_loop() {
        // Before the rest: what they own, such as a child, may have to be stopped.
        posted_.clear();
        if (daemons_ + held_ > 0) {
            running_here here(*this);
            stop_daemons();
        }
        while (residents_) {
            loop_resident& resident = *residents_;
            resident.leave();
            resident.on_loop_end_(resident);
        }
    }

    basic_loop(const basic_loop&) = delete;
    basic_loop& operator=(const basic_loop&) = delete;

    /// The loop that runs in this thread, or null.
    static basic_loop* current() noexcept { return current_; }

    /// The loop that an awaiting coroutine runs on.
    [[gnu::always_inline]] static basic_loop& of(executor& exec) noexcept { return static_cast<basic_loop&>(exec); }

    /// Runs `main` to its end, then stops the daemons and waits for them and for what holds the loop. Returns main's
    /// value or rethrows what left it.
    template <class T>
    T run(task<T> main) {
        running_here here(*this);
        if (!daemon_stop_.given() || daemon_stop_.get().stop_requested()) daemon_stop_.make(root_stop().token());
        root<T> main_root;
        detail::task_access::start(detail::task_access::promise(main), *this, nullptr, &main_root, &root<T>::ended);
        try {
            while (!main_root.done) turn();
        } catch (...) {
            // The backend failed: the coroutines cannot be unwound any more.
            std::terminate();
        }
        stop_daemons();
        return detail::task_access::promise(main).take();
    }

    /// Has `function` called by the loop's thread, soon; from any thread. Costs one allocation, and one system call if
    /// the loop sleeps. Calls from one thread run in their order. What it throws goes to the error sink. The loop must
    /// outlive the call of `post`: a thread that may post has to be joined, or told to stop, before the loop goes.
    /// The number of waiting functions has no limit.
    template <class F>
    void post(F function) {
        post_call(new detail::posted_function<F>(std::move(function)));
    }

    /// The same with a call object, which is deleted after it has run, or with the loop. From any thread.
    void post_call(detail::posted_call* call) noexcept {
        posted_.push(call);
        if (asleep_.load() && asleep_.exchange(false)) backend_.wake();
    }

    /// Starts a task that nobody joins: it is stopped when the loop's main task has ended. What it throws goes to the
    /// sink.
    void daemon(task<> work) {
        if (!daemon_stop_.given()) daemon_stop_.make(root_stop().token());
        ++daemons_;
        detail::task_access::start(detail::task_access::release(std::move(work)), *this, &daemon_stop_.get(), this,
                                   &basic_loop::daemon_ended);
    }

    /// Keeps a resident informed of the loop's end, until it leaves.
    void admit(loop_resident& resident) noexcept {
        resident.next_ = residents_;
        resident.link_ = &residents_;
        if (residents_) residents_->link_ = &resident.next_;
        residents_ = &resident;
    }

    /// Makes `run` go on after its main task has ended, until `release` has been called as often: for work that has to
    /// be finished by somebody, such as stopping a process whose owner is gone.
    [[gnu::always_inline]] void hold() noexcept { ++held_; }
    [[gnu::always_inline]] void release() noexcept { --held_; }

    /// Where failures of daemons and posted functions go; by default to standard error.
    void on_error(error_sink sink) noexcept { sink_ = sink; }

    void report(std::exception_ptr thrown) noexcept { sink_(std::move(thrown)); }

    [[gnu::always_inline]] Backend& backend() noexcept { return backend_; }
    [[gnu::always_inline]] const Backend& backend() const noexcept { return backend_; }

    /// How many daemons have not ended.
    std::size_t daemons() const noexcept { return daemons_; }

    /// What is pending and why the program does not exit: one line per waiting operation with its descriptor and the
    /// coroutines that wait for it, innermost first (with source locations under COHORT_DEBUG).
    std::string dump() const { return detail::describe(*this, Backend::name, daemons_); }

    /// One turn of the loop: for those who drive it themselves, and for tests.
    void turn() {
        wait();
        if (!timers().empty()) timers().fire(now());
        run_posted();
        run_ready(share_of_turn);
        run_turn_hooks();
    }

private:
    static constexpr std::size_t share_of_turn = 128;

    template <class T>
    struct root {
        bool done = false;
        [[gnu::always_inline]] static void ended(promise_base& p) noexcept { static_cast<root*>(p.owner)->done = true; }
    };

    /// This thread's loop, and SIGPIPE blocked, for the time of a run.
    class running_here {
    public:
        explicit running_here(basic_loop& l) noexcept : former_(detail::exchanged(current_, &l)) {}
        running_here(const running_here&) = delete;
        running_here& operator=(const running_here&) = delete;
        ~running_here() { current_ = former_; }

    private:
        basic_loop* former_;
        sys::signal_blocked blocked_{sys::sigpipe};
    };

    void run_posted() {
        if (posted_.empty()) [[likely]]
            return;
        posted_.run_all([this](std::exception_ptr thrown) { report(std::move(thrown)); });
    }

    void wait() {
        if (has_ready() || has_turn_hooks()) {
            backend_.wait(0);
            return;
        }
        std::int64_t timeout = -1;
        if (!timers().empty()) {
            const std::int64_t time = now();
            const std::int64_t deadline = timers().next_deadline();
            // Compared first: a deadline before all time is too far away to be subtracted from.
            if (deadline <= time) {
                backend_.wait(0);
                return;
            }
            timeout = deadline - time;
        }
        if (const std::int64_t budget = spin_.budget()) {
            if (spin(timeout >= 0 && timeout < budget ? timeout : budget)) return;
            if (timeout >= 0 && timeout <= budget) return;
            if (timeout >= 0) timeout -= budget;
        }
        asleep_.store(true);
        if (posted_.empty()) backend_.wait(timeout);
        asleep_.store(false, detail::memory_order::relaxed);  // who does not see it yet wakes once too often
    }

    /// One look for completions. A backend may know where the next one is likely to come from and look there alone;
    /// every eighth look is at everything, so that a busy descriptor starves no other.
    std::size_t look() {
        if constexpr (requires { backend_.wait_hot(); }) {
            if ((++looks_ & 7) != 0 && backend_.has_hot()) return backend_.wait_hot();
        }
        return backend_.wait(0);
    }

    bool spin(std::int64_t budget) {
        const std::int64_t end = now() + budget;
        do {
            if (look() != 0 || !posted_.empty()) {
                spin_.found();
                return true;
            }
        } while (now() < end);
        spin_.missed();
        return false;
    }

    COHORT_COLD void stop_daemons() noexcept {
        if (daemon_stop_.given()) daemon_stop_.get().request_stop();
        while (daemons_ + held_ > 0) turn();
    }

    static void daemon_ended(promise_base& p) noexcept {
        auto& self = *static_cast<basic_loop*>(p.owner);
        const std::exception_ptr thrown = static_cast<task<>::promise_type&>(p).error();
        p.handle.destroy();
        --self.daemons_;
        detail::failures failures;
        if (thrown && failures.add(thrown)) self.report(thrown);
    }

    COHORT_COLD static void to_standard_error(std::exception_ptr thrown) noexcept {
        try {
            const std::string text =
                detail::joined("cohort: a background task failed: ", detail::message_of(thrown), "\n");
            static_cast<void>(sys::write(2, text.data(), text.size()));
        } catch (...) {
            // No memory for the text, and nobody who could be told.
        }
    }

    static inline thread_local basic_loop* current_ = nullptr;

    Backend backend_;
    detail::mailbox posted_;
    detail::atomic<bool> asleep_{false};
    detail::spin_policy spin_;
    detail::late_stop daemon_stop_;
    std::size_t daemons_ = 0;
    unsigned looks_ = 0;
    std::size_t held_ = 0;
    loop_resident* residents_ = nullptr;
    error_sink sink_ = &to_standard_error;
};

}  // namespace cohort
