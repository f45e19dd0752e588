// The threads for calls that can only block, such as getaddrinfo(3).
//
// One small pool for the process: threads are started on demand, up to a limit, and end when they have had nothing to
// do for a moment. At the end of the program those that are left are waited for.
//
// The list of jobs has no limit of its own, and needs none: each job in it belongs to a coroutine that waits for it,
// and a job that is abandoned leaves the list at once. Whoever bounds the coroutines (a semaphore, a queue) bounds the
// list.
//
// Why this is correct: a job is owned by the pool until its call has returned, then by the mailbox of the loop that
// asked for it. The change of owner happens under the pool's lock, and only if the job has not been abandoned; it is
// abandoned under the same lock, on the loop's thread, before the coroutine that waited goes on and so before its loop
// can end. A job that reaches the mailbox runs on the loop's thread, where it finds whether anybody still waits.
#pragma once

#include "../async/error.hpp"
#include "../sys/thread.hpp"
#include "posted.hpp"

#include <cstddef>
#include <cstdint>

namespace cohort::detail {

/// A call on its way through the pool and back to the loop, where its `run` is called.
class blocking_job : public posted_call {
protected:
    blocking_job() = default;

    /// Whether somebody still waits for the result. On the loop's thread, from `run`; returns once the pool's thread
    /// has let go of the loop, which may end right afterwards.
    bool awaited() const noexcept;

private:
    friend class blocking_pool;

    /// The call itself, in a thread of the pool.
    virtual void call() noexcept = 0;
    /// Puts the job into its loop's mailbox, which owns it then. In a thread of the pool, under its lock.
    virtual void deliver() noexcept = 0;

    enum class place : unsigned char { queued, running, delivered };

    blocking_job* next_job_ = nullptr;
    place place_ = place::queued;
    bool abandoned_ = false;
};

/// The process's threads for blocking calls.
class blocking_pool {
public:
    static constexpr std::size_t most_threads = 4;

    /// Takes over a job and has it called. Throws if there is no thread to do it; the job is the caller's then.
    static void submit(blocking_job& job) {
        // Those that are left at exit are waited for.
        static const at_exit wait_for_threads;
        locked here;
        if (idle_ <= queued_ && threads_ < most_threads) {
            const auto started = sys::start_thread(&blocking_pool::serve, nullptr);
            if (started) ++threads_;
            else if (threads_ == 0) throw error(started.error(), "start a thread");
        }
        job.next_job_ = nullptr;
        *last_ = &job;
        last_ = &job.next_job_;
        ++queued_;
        wake_.notify_one();
    }

    /// Drops the interest in a job that was submitted and has not run on the loop: a call that has not begun is not
    /// made.
    static void abandon(blocking_job& job) noexcept {
        {
            locked here;
            job.abandoned_ = true;
            if (job.place_ != blocking_job::place::queued) return;
            blocking_job** link = &first_;
            while (*link != &job) link = &(*link)->next_job_;
            *link = job.next_job_;
            if (!job.next_job_) last_ = link;
            --queued_;
        }
        delete &job;
    }

    /// How many threads there are now.
    static std::size_t threads() noexcept {
        locked here;
        return threads_;
    }

private:
    friend blocking_job;

    struct locked {
        locked() noexcept { lock_.lock(); }
        locked(const locked&) = delete;
        locked& operator=(const locked&) = delete;
        ~locked() { lock_.unlock(); }
    };

    struct at_exit {
        at_exit() noexcept {}
        at_exit(const at_exit&) = delete;
        at_exit& operator=(const at_exit&) = delete;
        ~at_exit() {
            locked here;
            ending_ = true;
            wake_.notify_all();
            while (threads_ > 0) ended_.wait(lock_);
        }
    };

    static void* serve(void*) noexcept {
        locked here;
        for (;;) {
            if (!first_) {
                ++idle_;
                const bool woken = !ending_ && wake_.wait_for(lock_, idle_time);
                --idle_;
                if (first_ || (woken && !ending_)) continue;
                --threads_;
                ended_.notify_all();
                return nullptr;
            }
            blocking_job& job = *first_;
            first_ = job.next_job_;
            if (!first_) last_ = &first_;
            --queued_;
            job.place_ = blocking_job::place::running;
            lock_.unlock();
            job.call();
            lock_.lock();
            if (!job.abandoned_) {
                job.place_ = blocking_job::place::delivered;
                job.deliver();
            } else {
                lock_.unlock();
                delete &job;
                lock_.lock();
            }
        }
    }

    static constexpr std::int64_t idle_time = 200'000'000;

    static inline constinit sys::thread_lock lock_;
    static inline constinit sys::thread_condition wake_;
    static inline constinit sys::thread_condition ended_;
    static inline constinit blocking_job* first_ = nullptr;
    static inline constinit blocking_job** last_ = &first_;
    static inline constinit std::size_t queued_ = 0;
    static inline constinit std::size_t idle_ = 0;
    static inline constinit std::size_t threads_ = 0;
    static inline constinit bool ending_ = false;
};

inline bool blocking_job::awaited() const noexcept {
    blocking_pool::locked here;
    return !abandoned_;
}

}  // namespace cohort::detail
