/// Starting programs with sys::spawn and collecting what they write.
#pragma once

#include <cohort/sys/io.hpp>
#include <cohort/sys/pidfd.hpp>
#include <cohort/sys/spawn.hpp>

#include "support/test.hpp"

#include <string>
#include <vector>

#include <unistd.h>

namespace support {

/// A plan with its storage. stdout of the child goes into a pipe that `run` reads; 0 and 2 are this process's own.
class launch {
public:
    explicit launch(std::vector<std::string> argv) : argv_(std::move(argv)) {
        programs = {argv_[0]};
        plan.environment = environ;
    }

    cohort::sys::spawn_plan plan;
    std::vector<std::string> programs;
    std::vector<cohort::sys::fd_mapping> more;  ///< beside 0, 1 and 2
    cohort::sys::spawn_failure why;
    std::string output;

    /// Starts it, nothing else.
    cohort::sys::outcome<cohort::sys::spawned> start(const std::vector<cohort::sys::fd_mapping>& descriptors) {
        std::vector<const char*> candidates, arguments;
        for (const std::string& each : programs) candidates.push_back(each.c_str());
        for (const std::string& each : argv_) arguments.push_back(each.c_str());
        arguments.push_back(nullptr);
        plan.programs = candidates;
        plan.arguments = arguments.data();
        plan.descriptors = descriptors;
        return cohort::sys::spawn(plan, why);
    }

    /// Starts it, reads its output to the end and waits for it.
    cohort::sys::outcome<cohort::sys::exit_info> run() {
        const cohort::sys::pipe_pair p = *cohort::sys::pipe();
        std::vector<cohort::sys::fd_mapping> descriptors = {{0, 0}, {1, p.write}, {2, 2}};
        descriptors.insert(descriptors.end(), more.begin(), more.end());
        const auto child = start(descriptors);
        (void)cohort::sys::close(p.write);
        output.clear();
        char block[4096];
        while (child) {
            const auto n = cohort::sys::read(p.read, block, sizeof block);
            if (n.value() == 0) break;
            output.append(block, *n);
        }
        (void)cohort::sys::close(p.read);
        if (!child) return cohort::sys::failure(child.error());
        const auto end = cohort::sys::wait_pidfd(child->pidfd, false);
        (void)cohort::sys::close(child->pidfd);
        return end;
    }

private:
    std::vector<std::string> argv_;
};

#if COHORT_PROCESSES_BY_KQUEUE
/// There is one way: a vfork.
template <class Body> void in_each_clone_mode(Body body) { body(); }
#else
/// How the first spawn of a process comes to clone here; an emulator may know neither shared memory nor CLONE_PIDFD.
inline cohort::sys::detail::clone_mode found_clone_mode() {
    using cohort::sys::detail::clone_mode;
    using cohort::sys::detail::spawn_mode;
    static const clone_mode found = [] {
        const clone_mode former = spawn_mode.load();
        if (!COHORT_TSAN) spawn_mode.store(clone_mode::unknown);
        CHECK(launch({"/bin/true"}).run());
        const clone_mode now = spawn_mode.load();
        spawn_mode.store(former);
        return now;
    }();
    return found;
}

/// Each way of cloning that this build has, one after the other, from the state of a fresh process.
template <class Body> void in_each_clone_mode(Body body) {
    using cohort::sys::detail::clone_mode;
    using cohort::sys::detail::spawn_mode;
    const clone_mode former = spawn_mode.load();
    for (const clone_mode mode : {clone_mode::unknown, clone_mode::shared, clone_mode::copy, clone_mode::gated}) {
        if (COHORT_TSAN && mode == clone_mode::unknown) continue;
        if (mode == clone_mode::shared && found_clone_mode() != clone_mode::shared) continue;
        spawn_mode.store(mode);
        INFO("clone mode " << int(mode));
        body();
        spawn_mode.store(former);
    }
}
#endif

}  // namespace support
