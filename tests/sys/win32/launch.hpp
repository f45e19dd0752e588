#pragma once
/// Starts programs with `sys::spawn` and reads what they write.
#include "support/test.hpp"

#include <cohort/sys/environment.hpp>
#include <cohort/sys/io.hpp>
#include <cohort/sys/pidfd.hpp>
#include <cohort/sys/spawn.hpp>

#include <cerrno>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// A plan whose texts it owns; `run` gives the child a pipe as standard output and waits for its end.
class launch {
public:
    explicit launch(std::vector<std::string> argv) : argv_(std::move(argv)), programs_{argv_.front().c_str()} {
        plan.programs = programs_;
        for (const std::string& one : argv_) arguments_.push_back(one.c_str());
        arguments_.push_back(nullptr);
        plan.arguments = arguments_.data();
        plan.environment = own_.entries();
    }
    launch(const launch&) = delete;
    launch& operator=(const launch&) = delete;

    /// This program in a role.
    template <class... Args>
    static launch self(const std::string& role, const Args&... args) {
        return launch(child_argv(role, args...));
    }

    cohort::sys::outcome<cohort::sys::spawned> start(std::vector<cohort::sys::fd_mapping> descriptors) {
        plan.descriptors = descriptors;
        return cohort::sys::spawn(plan, why);
    }

    /// What it ended with; `output` is what it wrote.
    cohort::sys::outcome<cohort::sys::exit_info> run(std::vector<cohort::sys::fd_mapping> more = {}) {
        const auto pipe = cohort::sys::pipe();
        if (!pipe) return cohort::sys::failure(pipe.error());
        more.push_back({1, pipe->write});
        const auto child = start(more);
        static_cast<void>(cohort::sys::close(pipe->write));
        char bytes[4096];
        while (child) {
            const auto got = cohort::sys::read(pipe->read, bytes, sizeof bytes);
            if (!got || *got == 0) break;
            output.append(bytes, *got);
        }
        static_cast<void>(cohort::sys::close(pipe->read));
        if (!child) return cohort::sys::failure(child.error());
        const auto end = cohort::sys::wait_pidfd(child->pidfd, false);
        release(*child);
        return end;
    }

    static void release(const cohort::sys::spawned& child) {
        static_cast<void>(cohort::sys::close(child.pidfd));
        static_cast<void>(cohort::sys::close(child.job));
    }

    cohort::sys::spawn_plan plan;
    cohort::sys::spawn_failure why;
    std::string output;

private:
    cohort::sys::environment_copy own_;
    std::vector<std::string> argv_;
    std::vector<const char*> programs_;
    std::vector<const char*> arguments_;
};

/// Writes all of a text to standard output, as it is.
inline void say(const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const auto written = cohort::sys::write(1, text.data() + done, text.size() - done);
        if (!written) cohort::sys::exit_now(99);
        done += *written;
    }
}

}  // namespace support
