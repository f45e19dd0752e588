#pragma once
#include <chrono>
#include <sys/types.h>

namespace support {

/// A child of this process that ends with a code when its gate is opened. Started by the plain means of the system and without
/// the library under test, which is to wait for it.
class gated_child {
public:
    explicit gated_child(int code);
    ~gated_child();  ///< opens the gate; waits for nothing
    gated_child(const gated_child&) = delete;
    gated_child& operator=(const gated_child&) = delete;

    pid_t pid() const noexcept { return pid_; }
    void open();
    /// Returns when it has ended, and leaves it to be waited for.
    void await_end();
    /// Takes its exit code; nobody else can wait for it afterwards.
    void reap();

private:
    pid_t pid_ = 0;
    int gate_ = -1;
    [[maybe_unused]] void* process_ = nullptr;  // the handle, which is where Windows has exit codes
};

/// The processor time that the calling thread has used so far.
std::chrono::nanoseconds processor_time();

}  // namespace support
