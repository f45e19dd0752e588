#pragma once
// Between the two processes of a run, for the platforms' watchdogs.
#include <atomic>
#include <string>

namespace support {

/// The page that both processes see. `deadline` is 0 between test cases; the name is written before it.
struct board {
    std::atomic<long long> deadline;  // steady clock, milliseconds
    std::atomic<bool> run_began;
    std::atomic<unsigned> passed;
    std::atomic<unsigned> failed;
    char name[512];
};

/// From now on this process reads and writes `shared`, where it had a page of its own.
void use_board(board* shared) noexcept;

/// Whether the test case that runs has used up its time.
bool time_is_up() noexcept;

void say_time_limit();

/// For when the tests' process has ended: says so where that was inside a test case, which counts as failed then.
bool ended_inside_a_case(const std::string& how);

/// The last line of a run that ends with `code`; nothing where no run began.
void report(int code);

}  // namespace support
