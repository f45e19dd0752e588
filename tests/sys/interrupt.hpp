/// Real signals for threads that wait in a system call.
#pragma once

#include "support/test.hpp"

#include <atomic>
#include <csignal>
#include <string>
#include <thread>

#include <pthread.h>
#include <unistd.h>

namespace support {

/// While it lives, SIGUSR1 interrupts system calls (no SA_RESTART) and counts.
class interruptions {
public:
    interruptions() {
        seen() = 0;
        struct sigaction wanted {};
        wanted.sa_handler = [](int) { seen().fetch_add(1); };
        sigaction(SIGUSR1, &wanted, &former_);
    }
    ~interruptions() { sigaction(SIGUSR1, &former_, nullptr); }
    interruptions(const interruptions&) = delete;
    interruptions& operator=(const interruptions&) = delete;

    static std::atomic<int>& seen() {
        static std::atomic<int> count;
        return count;
    }

private:
    struct sigaction former_;
};

/// Runs `work` in a thread; `interrupt` waits until that thread sleeps in the kernel and sends it SIGUSR1.
class interrupted_thread {
public:
    template <class Work>
    explicit interrupted_thread(Work work)
        : thread_([this, work] {
              id_ = gettid();
              work();
          }) {}
    ~interrupted_thread() { thread_.join(); }
    interrupted_thread(const interrupted_thread&) = delete;
    interrupted_thread& operator=(const interrupted_thread&) = delete;

    bool sleeps() {
        return eventually([this] {
            if (id_ == 0) return false;
            const std::string stat = read_file("/proc/self/task/" + std::to_string(id_.load()) + "/stat");
            return stat[stat.rfind(')') + 2] == 'S';
        });
    }
    void interrupt() {
        REQUIRE(sleeps());
        const int before = interruptions::seen();
        pthread_kill(thread_.native_handle(), SIGUSR1);
        REQUIRE(eventually([before] { return interruptions::seen() > before; }));
    }

private:
    std::atomic<pid_t> id_{0};
    std::thread thread_;
};

}  // namespace support
