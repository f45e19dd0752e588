// The epoll backend: the default on Linux.
//
// Descriptors are registered edge-triggered, once, when something first has to wait; afterwards a read that waits costs
// no epoll_ctl. The 64 bits of a report carry slot, generation and, in the topmost bit, whether it is a process, so
// that ends of processes can be handled first without touching the records of the others. Sources: epoll(7),
// epoll_ctl(2), epoll_pwait2(2).
#pragma once

#include "../async/error.hpp"
#include "../sys/linux/epoll.hpp"
#include "../sys/linux/eventfd.hpp"
#include "../sys/io.hpp"
#include "../sys/platform.hpp"
#include "readiness.hpp"

#include <cstdint>

namespace cohort {

class epoll_poller {
public:
    static constexpr const char* name = "epoll";
    static constexpr bool edge_triggered = true;

    COHORT_COLD epoll_poller() {
        auto set = sys::epoll_create();
        if (!set) throw error(set.error(), "epoll_create");
        auto event = sys::make_eventfd();
        if (!event) {
            static_cast<void>(sys::close(*set));
            throw error(event.error(), "eventfd");
        }
        set_ = *set;
        event_ = *event;
        if (auto added = sys::epoll_control(set_, sys::epoll_add, event_, sys::epoll_in, wake_up); !added) {
            const int code = added.error();
            close_all();
            throw error(code, "epoll_ctl", "wake-up event");
        }
    }
    epoll_poller(const epoll_poller&) = delete;
    epoll_poller& operator=(const epoll_poller&) = delete;
    [[gnu::always_inline]] ~epoll_poller() { close_all(); }

    sys::outcome<void> add(detail::readiness_record& d) noexcept {
        return sys::epoll_control(set_, sys::epoll_add, d.fd, events_of(d), data_of(d));
    }
    sys::outcome<void> update(detail::readiness_record& d) noexcept {
        return sys::epoll_control(set_, sys::epoll_modify, d.fd, events_of(d), data_of(d));
    }
    void remove(detail::readiness_record& d) noexcept {
        static_cast<void>(sys::epoll_control(set_, sys::epoll_delete, d.fd, 0, 0));
    }

    template <class Expect, class Sink>
    void wait(std::int64_t timeout, Expect expect, Sink sink) {
        auto found = sys::epoll_wait(set_, reports_, most_reports, timeout);
        if (!found) {
            if (found.error() == EINTR) return;
            throw error(found.error(), "epoll_wait");
        }
        const int count = *found;
        bool any_process = false;
        for (int i = 0; i < count; ++i) any_process |= (reports_[i].data.u64 & process_bit) != 0;
        if (count > few_reports) {
            for (int i = 0; i < count; ++i) expect(static_cast<std::uint32_t>(reports_[i].data.u64), false);
            for (int i = 0; i < count; ++i) expect(static_cast<std::uint32_t>(reports_[i].data.u64), true);
        }
        if (any_process) deliver(count, sink, true);
        deliver(count, sink, false);
    }

    void wake() noexcept { static_cast<void>(sys::eventfd_signal(event_)); }

private:
    static constexpr int most_reports = 128;
    static constexpr int few_reports = 4;  // not worth the passes
    static constexpr std::uint64_t process_bit = std::uint64_t{1} << 63;
    static constexpr std::uint64_t wake_up = ~std::uint64_t{0} >> 1;

    static std::uint64_t data_of(const detail::readiness_record& d) noexcept {
        return (d.kind == descriptor_kind::process ? process_bit : 0) |
               (std::uint64_t{d.generation} << 32) | d.slot;
    }

    static std::uint32_t events_of(const detail::readiness_record& d) noexcept {
        return sys::epoll_in | sys::epoll_read_hup | (d.level ? 0u : sys::epoll_edge) |
               (d.wants_write ? sys::epoll_out : 0u);
    }

    template <class Sink>
    void deliver(int count, Sink& sink, bool processes) {
        for (int i = 0; i < count; ++i) {
            const std::uint64_t data = reports_[i].data.u64;
            if (((data & process_bit) != 0) != processes) continue;
            if (data == wake_up) {
                static_cast<void>(sys::eventfd_drain(event_));
                continue;
            }
            const std::uint32_t events = reports_[i].events;
            sink(static_cast<std::uint32_t>(data), static_cast<std::uint32_t>(data >> 32) & 0x7fffffff,
                 (events & sys::epoll_in) != 0, (events & sys::epoll_out) != 0,
                 (events & (sys::epoll_hup | sys::epoll_read_hup | sys::epoll_error)) != 0);
        }
    }

    void close_all() noexcept {
        static_cast<void>(sys::close(event_));
        static_cast<void>(sys::close(set_));
    }

    int set_ = -1;
    int event_ = -1;
    sys::epoll_event reports_[most_reports];
};

/// The backend over epoll(7).
using epoll_backend = readiness_backend<epoll_poller>;

}  // namespace cohort
