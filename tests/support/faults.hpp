#pragma once
#include "support/test.hpp"

#include <cohort/sys/call.hpp>
#include <cohort/sys/fault.hpp>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <string>
#include <system_error>
#include <vector>

#if !defined(COHORT_FAULTS)
#    error "tests that inject faults are built with COHORT_FAULTS"
#endif

namespace support {

/// A fault that a system call may meet in real life.
class fault_case {
public:
    enum class kind { fail, cut };
    fault_case(cohort::sys::call which, int error) : which_(which), error_(error), kind_(kind::fail) {}
    /// The call transfers one byte.
    explicit fault_case(cohort::sys::call which) : which_(which), error_(0), kind_(kind::cut) {}

    cohort::sys::call which() const noexcept { return which_; }
    int error() const noexcept { return error_; }
    bool cut() const noexcept { return kind_ == kind::cut; }

    /// Whether an operation has to succeed all the same: EINTR, a short count and a needless EAGAIN are no failures.
    bool harmless() const noexcept { return cut() || error_ == EINTR || error_ == EAGAIN; }

    std::string to_string() const {
        std::string text = cohort::sys::name(which_);
        return cut() ? text + " transfers 1 byte" : text + " fails with " + std::generic_category().message(error_);
    }

private:
    cohort::sys::call which_;
    int error_;
    kind kind_;
};

/// What can plausibly happen to the calls of streams and loops. Calls that report EINTR only where they say so are left
/// out.
inline std::vector<fault_case> plausible_faults() {
    using cohort::sys::call;
    std::vector<fault_case> all;
    for (const call c : {call::read, call::readv, call::recv, call::recvfrom, call::recvmsg})
        for (const int e : {EINTR, EAGAIN, ECONNRESET, ENOMEM}) all.emplace_back(c, e);
    for (const call c : {call::write, call::writev, call::send, call::sendto, call::sendmsg, call::splice})
        for (const int e : {EINTR, EAGAIN, EPIPE, ECONNRESET, ENOMEM}) all.emplace_back(c, e);
    for (const call c : {call::read, call::write, call::readv, call::writev, call::send, call::recv, call::splice})
        all.emplace_back(c);
    for (const call c : {call::epoll_wait, call::poll, call::eventfd_drain, call::open, call::accept, call::connect})
        all.emplace_back(c, EINTR);
    for (const call c : {call::pipe, call::socketpair, call::socket, call::open, call::accept, call::dup})
        for (const int e : {EMFILE, ENFILE}) all.emplace_back(c, e);
    for (const call c : {call::socket, call::accept}) all.emplace_back(c, ENOMEM);
    for (const int e : {ECONNABORTED, EPROTO}) all.emplace_back(call::accept, e);
    for (const int e : {ECONNREFUSED, ENETUNREACH}) all.emplace_back(call::connect, e);
    for (const call c : {call::bind, call::listen}) all.emplace_back(c, EADDRINUSE);
    all.emplace_back(call::set_option, ENOMEM);
    all.emplace_back(call::get_option, ENOMEM);
    all.emplace_back(call::epoll_control, ENOMEM);
    all.emplace_back(call::epoll_control, ENOSPC);
    all.emplace_back(call::epoll_create, EMFILE);
    all.emplace_back(call::eventfd, EMFILE);
    return all;
}

/// Runs `body` with the fault at the first call of its kind, then at the second, and so on until none is reached.
/// `body` sets its world up, works in it and takes it down; it throws what the library throws. After each run
/// `check(fault, thrown)` says whether the outcome is right; `thrown` is null where the body succeeded. No run may
/// leave a descriptor open. Gives the number of faults that were injected: a test checks that it is not 0.
template <class Body, class Check>
std::uint64_t each_site(const fault_case& fault, Body body, Check check, std::uint64_t most = 500) {
    std::uint64_t sites = 0;
    for (std::uint64_t n = 1; n <= most; ++n) {
        const auto before = open_fds();
        std::exception_ptr thrown;
        std::uint64_t injected = 0;
        {
            cohort::sys::fault::scope plan;
            if (fault.cut()) cohort::sys::fault::short_count(fault.which(), n, 1);
            else cohort::sys::fault::fail(fault.which(), n, fault.error());
            try {
                body();
            } catch (...) {
                thrown = std::current_exception();
            }
            injected = cohort::sys::fault::injected(fault.which());
        }
        INFO(fault.to_string() << ", call " << n);
        if (open_fds() != before) CHECK(open_fds() == before);
        check(fault, thrown);
        if (injected == 0) return sites;
        ++sites;
    }
    FAIL("more sites than can be");
    return sites;
}

/// `each_site` for all plausible faults. What is harmless must not be noticed; any other fault either is not noticed or
/// is thrown as a `std::system_error` whose text names an operation before the reason.
template <class Body>
std::uint64_t each_site_of_all(Body body) {
    std::uint64_t sites = 0;
    const auto check = [](const fault_case& fault, const std::exception_ptr& thrown) {
        if (!thrown) return;
        try {
            std::rethrow_exception(thrown);
        } catch (const std::system_error& e) {
            const std::string text = e.what();
            INFO("error: " << text);
            if (fault.harmless()) CHECK(text == "no error");
            CHECK(text.find(": ") > 1);
            CHECK(text.find(": ") != text.npos);
            CHECK(e.code().value() == fault.error());
        } catch (const std::exception& e) {
            INFO("exception: " << e.what());
            CHECK(false);
        }
    };
    for (const fault_case& fault : plausible_faults()) sites += each_site(fault, body, check);
    return sites;
}

}  // namespace support
