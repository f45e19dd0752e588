// Every system call of a spawn, a wait, a capture and a stop fails once, site by site: nothing may leak, hang or be
// misreported.
#include "on_loop.hpp"
#include "support/faults.hpp"

#include <cohort/async/attempt.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/sys/platform.hpp>

#include <set>
#include <system_error>

namespace co = cohort;
using co::sys::call;
using support::fault_case;
using namespace std::chrono_literals;

namespace {

std::vector<fault_case> spawn_faults() {
    std::vector<fault_case> all = support::plausible_faults();
    for (const int e : {EAGAIN, ENOMEM}) all.emplace_back(call::spawn_clone, e);
    for (const call c : {call::spawn_signals, call::spawn_group, call::spawn_directory, call::spawn_dup,
                         call::spawn_keep, call::spawn_session})
        for (const int e : {EPERM, EMFILE}) all.emplace_back(c, e);
    for (const int e : {ENOSYS, EINVAL}) all.emplace_back(call::spawn_close_range, e);
    for (const int e : {ENOMEM, ETXTBSY, ENOENT}) all.emplace_back(call::spawn_exec, e);
    all.emplace_back(call::pidfd_wait, EINTR);
    all.emplace_back(call::set_flags, EINVAL);
    all.emplace_back(call::pipe_size, EPERM);
    all.emplace_back(call::pipe_size, EBUSY);
    all.emplace_back(call::memfd_create, EMFILE);
    all.emplace_back(call::pwrite, ENOSPC);
    all.emplace_back(call::pwrite);
    all.emplace_back(call::close, EIO);
    return all;
}

void each_fault(void (*body)()) {
    std::uint64_t sites = 0;
    const auto check = [](const fault_case& fault, const std::exception_ptr& thrown) {
        CHECK(support::child_processes().empty());
        if (!thrown) return;
        try {
            std::rethrow_exception(thrown);
        } catch (const std::system_error& e) {
            INFO("error: " << e.what());
            // A clone that fails with EAGAIN is a failure: there are too many processes.
            if (fault.harmless() && fault.which() != call::spawn_clone) CHECK(std::string(e.what()) == "no error");
            if (fault.which() == call::close || fault.which() == call::pipe_size)
                CHECK(std::string(e.what()) == "no error");
            CHECK(e.code().value() == fault.error());
            CHECK(std::string(e.what()).find(": ") != std::string::npos);
        } catch (const std::exception& e) {
            INFO("exception: " << e.what());
            CHECK(false);
        }
    };
    for (const fault_case& fault : spawn_faults()) sites += support::each_site(fault, body, check);
    // Under ThreadSanitizer the child is a copy, so what the plan does to its calls is counted in the copy.
    CHECK(sites > (COHORT_TSAN ? 25u : 50u));
}

}  // namespace

TEST_CASE("faults: output with input and both outputs") {
    each_fault([] {
        on_loop([]() -> co::task<> {
            co::command both("sh", "-c", "cat; echo err >&2");
            auto made = co_await both.cwd("/").new_group().input("some input").output();
            // That nobody reads the input any more is the command's own affair.
            if (co::sys::fault::injected(call::write) == 0) CHECK(made.out() == "some input");
            CHECK(made.err() == "err\n");
            CHECK(made.ok());
        });
    });
}

TEST_CASE("faults: spawn with all kinds of slots, and wait") {
    each_fault([] {
        on_loop([]() -> co::task<> {
            co::command many("sh", "-c", "exec 0<&5; echo out; cat >&2");
            many.input("anonymous").out(co::pipe).err(co::null).fd(5, co::pipe).fd(6, co::null).new_session();
            co::child c = co_await many.spawn();
            c.fd(5).close();
            auto line = co_await c.out().line();
            CHECK(line == "out");
            const co::exit_status status = co_await c.wait();
            CHECK(status.ok());
        });
    });
}

TEST_CASE("faults: stopping, and an owner that is gone") {
    each_fault([] {
        on_loop([]() -> co::task<> {
            co::command sleeping("sleep", 1000);
            sleeping.on_stop(co::ladder(SIGTERM, 100ms).then_kill());
            co::child c = co_await sleeping.spawn();
            const co::exit_status status = co_await c.stop();
            CHECK(status.signaled());
            co::child left = co_await sleeping.spawn();
        });
    });
}

namespace {

/// Does not end by SIGTERM, and says when that holds.
co::command stubborn(const co::ladder& steps) {
    co::command c("sh", "-c", "trap '' TERM; echo ready; exec sleep 1000");
    c.out(co::pipe).on_stop(steps);
    return c;
}

}  // namespace

TEST_CASE("an orphan that cannot be watched for several rungs has one timer all the same") {
    co::sys::fault::scope plan;
    on_loop([]() -> co::task<> {
        const co::ladder steps = co::ladder(SIGTERM, 10ms).then(SIGTERM, 10ms).then(SIGTERM, 10ms).then(SIGTERM, 10ms)
                                     .then(SIGTERM, 10ms).then_kill();
        {
            co::child c = co_await stubborn(steps).spawn();
            auto line = co_await c.out().line();
            CHECK(line == "ready");
            co::sys::fault::every(call::epoll_control, 1, ENOSPC);
        }
        while (co::sys::fault::injected(call::epoll_control) < 3 && !support::child_processes().empty())
            co_await co::sleep(1ms);
        co::sys::fault::clear();
        while (!support::child_processes().empty()) co_await co::sleep(1ms);
        CHECK(co::loop::current()->timers().empty());
    });
}

TEST_CASE("a ladder and a time limit go on where a wait could not be submitted") {
    co::sys::fault::scope plan;
    on_loop([]() -> co::task<> {
        co::child c = co_await stubborn(co::ladder(SIGTERM, 10ms).then_kill()).spawn();
        auto line = co_await c.out().line();
        CHECK(line == "ready");
        co::sys::fault::every(call::epoll_control, 1, ENOSPC);
        auto stopped = co_await co::attempt(c.stop());
        const bool injected = co::sys::fault::injected(call::epoll_control) > 0;
        CHECK(static_cast<bool>(stopped) == !injected);
        co::sys::fault::clear();
        const co::exit_status status = co_await c.wait();
        CHECK(status.signal() == SIGKILL);

        co::command limited = stubborn(co::ladder::kill());
        co::child d = co_await limited.timeout(10ms).spawn();
        co::sys::fault::every(call::epoll_control, 1, ENOSPC);
        auto waited = co_await co::attempt(d.wait());
        co::sys::fault::clear();
        if (injected) CHECK(!waited);
        const co::exit_status end = co_await d.wait();
        CHECK(end.signal() == SIGKILL);
        CHECK(d.stopped_by().why() == co::stop_cause::reason::timeout);
    });
}
