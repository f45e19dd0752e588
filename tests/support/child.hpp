#pragma once
#include <string>
#include <sys/types.h>
#include <vector>

namespace support {

/// A part that this test program plays when a test starts it again as its own child process:
///
///     static support::child_role echo("echo", [](int argc, char** argv) { ...; return 0; });
///     auto argv = support::child_argv("echo", "hello");     // what a test starts
///
/// The function sees the arguments after the name; argv[0] is the name. It runs instead of the tests, without watchdog
/// and without leak check. Two roles of one name end the program with a message.
class child_role {
public:
    using function = int (*)(int argc, char** argv);
    child_role(const char* name, function run) noexcept;
    child_role(const child_role&) = delete;
    child_role& operator=(const child_role&) = delete;

private:
    friend int run_child(int argc, char** argv);
    const char* name_;
    function run_;
    child_role* next_;
};

/// Called by main before anything else, for a library that starts its own program again and recognises that by itself.
/// A result of -1 goes on to the tests; any other is the exit code of the process.
class main_hook {
public:
    using function = int (*)(int argc, char** argv);
    explicit main_hook(function run) noexcept;
    main_hook(const main_hook&) = delete;
    main_hook& operator=(const main_hook&) = delete;

private:
    friend int run_child(int argc, char** argv);
    function run_;
    main_hook* next_;
};

/// Runs the main hooks, then the role named by `--child NAME`; -1 when this process is the one that runs the tests.
int run_child(int argc, char** argv);

/// The absolute path of this program.
std::string self_path();

/// The arguments, program first, that start this program in the role `name`.
template <class... Args>
std::vector<std::string> child_argv(const std::string& name, const Args&... args) {
    return {self_path(), "--child", name, std::string(args)...};
}

/// What a finished process gave: its exit code (128 + signal when a POSIX signal ended it) and all it wrote to stdout and stderr.
class finished {
public:
    finished(int code, std::string output) : code_(code), output_(std::move(output)) {}
    int code() const noexcept { return code_; }
    const std::string& output() const noexcept { return output_; }

private:
    int code_;
    std::string output_;
};

/// Starts a program by the plain means of the system (fork and exec, CreateProcess) and waits for its end: for testing the harness,
/// and as a reference that does not use the library under test. `environment` holds NAME=VALUE entries added to this process's own.
finished run_program(const std::vector<std::string>& argv, const std::vector<std::string>& environment = {});

/// The same for a program that has the standard streams of this one; its exit code. What it leaves running is not waited for.
int run_in_place(const std::vector<std::string>& argv);

/// The same without waiting. Somebody has to end the program: see end_child.
pid_t start_program(const std::vector<std::string>& argv);

/// The end of this process as by a stroke from outside: no destructor, no handler, nothing flushed.
[[noreturn]] void end_abruptly() noexcept;

}  // namespace support
