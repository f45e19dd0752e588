// Every system call of a spawn, a wait, a capture and a stop fails once, site by site, on Windows: nothing may leak, hang
// or be misreported. The calls of POSIX are in process/fault.test.cpp.
#include "process/tools.hpp"
#include "support/faults.hpp"
#include "support/wait.hpp"

#include <set>

namespace co = cohort;
using co::sys::call;
using support::fault_case;
using namespace std::chrono_literals;

namespace {

/// Fewer than elsewhere: a process takes long to start here, and a call that is not met costs one as well.
std::vector<fault_case> spawn_faults() {
    std::vector<fault_case> all;
    for (const call c : {call::spawn_group, call::spawn_dup, call::spawn_exec, call::pipe, call::port_create,
                         call::port_associate, call::wait_register, call::read, call::write, call::pidfd_wait})
        all.emplace_back(c, EPERM);
    for (const call c : {call::spawn_exec, call::memfd_create}) all.emplace_back(c, ENOMEM);
    for (const call c : {call::read, call::write}) {
        all.emplace_back(c, EAGAIN);
        all.emplace_back(c);
    }
    all.emplace_back(call::pwrite, ENOSPC);
    all.emplace_back(call::pwrite);
    all.emplace_back(call::close, EIO);
    return all;
}

void each_fault(void (*body)()) {
    std::set<call> met;
    const auto check = [](const fault_case& fault, const std::exception_ptr& thrown) {
        // Who has been told to end needs a moment for it.
        std::string left;
        support::eventually([&left] {
            left.clear();
            for (const auto& child : support::child_processes()) left += std::to_string(child.pid()) + ' ' + child.name() + '\n';
            return left.empty();
        });
        CHECK(left == "");
        if (!thrown) return;
        try {
            std::rethrow_exception(thrown);
        } catch (const std::system_error& e) {
            INFO("error: " << e.what());
            if (fault.harmless() || fault.which() == call::close) CHECK(std::string(e.what()) == "no error");
            CHECK(e.code().value() == fault.error());
            CHECK(std::string(e.what()).find(": ") != std::string::npos);
        } catch (const std::exception& e) {
            INFO("exception: " << e.what());
            CHECK(false);
        }
    };
    for (const fault_case& fault : spawn_faults())
        if (support::each_site(fault, body, check) > 0) met.insert(fault.which());
    for (const call c : {call::spawn_group, call::spawn_dup, call::spawn_exec, call::pidfd_wait, call::close})
        CHECK(met.count(c) == 1);
}

}  // namespace

TEST_CASE("faults: output with input and both outputs") {
    each_fault([] {
        on_loop([]() -> co::task<> {
            co::command both = self_command("cat");
            auto made = co_await both.new_group().input("some input").output();
            // That nobody reads the input any more is the command's own affair.
            if (co::sys::fault::injected(call::write) == 0) CHECK(made.out() == "some input");
            CHECK(made.ok());
        });
    });
}

TEST_CASE("faults: spawn with all kinds of slots, and wait") {
    each_fault([] {
        on_loop([]() -> co::task<> {
            co::command many = self_command("say", "out");
            many.input("anonymous").out(co::pipe).err(co::null).fd(5, co::pipe).fd(6, co::null).new_session();
            co::child c = co_await many.spawn();
            c.fd(5).close();
            auto line = co_await c.out().line();
            REQUIRE(line);
            CHECK(line->substr(0, 3) == "out");
            const co::exit_status status = co_await c.wait();
            CHECK(status.ok());
        });
    });
}

TEST_CASE("faults: stopping, and an owner that is gone") {
    each_fault([] {
        on_loop([]() -> co::task<> {
            co::command sleeping = self_command("sleep");
            sleeping.on_stop(co::ladder(co::sys::sigterm, 100ms).then_kill());
            co::child c = co_await sleeping.spawn();
            const co::exit_status status = co_await c.stop();
            CHECK(status.signaled());
            co::child left = co_await sleeping.spawn();
        });
    });
}
