// The kqueue backend: the default on macOS and FreeBSD.
//
// Descriptors are registered once, when something first has to wait, with EV_CLEAR, which makes an edge of what
// kqueue(2) otherwise reports as a level: a report is reset when it is taken, and the next one comes when bytes, room
// or a hang-up come. Reading and writing are registered apart; writing only while a write is blocked.
//
// Why nothing is lost where a descriptor goes from edges to levels: kernels keep the EV_CLEAR that a registration was
// made with, so it is removed and made again, and a registration that is made reports what was there before.
//
// The 64 bits of a report carry slot, generation and, in the topmost bit, whether it is a process, whose descriptor is
// a queue of its own (sys/bsd/pidfd.hpp), so that ends of processes are handled first. A descriptor that somebody else
// closed has lost its registrations without a word; removing them then fails, and means nothing. Sources: kqueue(2).
#pragma once

#include "../async/error.hpp"
#include "../sys/bsd/kqueue.hpp"
#include "../sys/io.hpp"
#include "../sys/platform.hpp"
#include "readiness.hpp"

#include <cerrno>
#include <cstdint>

namespace cohort {

class kqueue_poller {
public:
    static constexpr const char* name = "kqueue";
    static constexpr bool edge_triggered = true;

    COHORT_COLD kqueue_poller() {
        const auto made = sys::kqueue_create();
        if (!made) throw error(made.error(), "kqueue");
        queue_ = *made;
        const auto event = sys::kqueue_change_of(wake_up, sys::kqueue_user, sys::kqueue_add | sys::kqueue_clear);
        if (const auto added = sys::kqueue_control(queue_, &event, 1); !added) {
            static_cast<void>(sys::close(queue_));
            throw error(added.error(), "kevent", "wake-up event");
        }
    }
    kqueue_poller(const kqueue_poller&) = delete;
    kqueue_poller& operator=(const kqueue_poller&) = delete;
    [[gnu::always_inline]] ~kqueue_poller() { static_cast<void>(sys::close(queue_)); }

    sys::outcome<void> add(detail::readiness_record& d) noexcept {
        d.poller_data = 0;
        const auto added = update(d);
        if (!added) remove(d);
        return added;
    }

    /// Makes the registrations what the record wants. `poller_data` says what they are.
    COHORT_COLD sys::outcome<void> update(detail::readiness_record& d) noexcept {
        if ((d.poller_data & unknown) != 0) remove(d);
        const std::uint32_t read = d.level ? read_level : read_edge;
        const std::uint32_t wanted = read | (d.wants_write ? write_edge : 0);
        sys::kqueue_event changes[3];
        int count = 0;
        if ((d.poller_data & read) == 0) {
            if ((d.poller_data & (read_level | read_edge)) != 0)
                changes[count++] = change(d, sys::kqueue_read, sys::kqueue_delete);
            changes[count++] =
                change(d, sys::kqueue_read,
                       static_cast<unsigned short>(d.level ? sys::kqueue_add : sys::kqueue_add | sys::kqueue_clear));
        }
        if (((d.poller_data ^ wanted) & write_edge) != 0)
            changes[count++] = change(d, sys::kqueue_write,
                                      static_cast<unsigned short>(d.wants_write ? sys::kqueue_add | sys::kqueue_clear
                                                                                : sys::kqueue_delete));
        const auto made = sys::kqueue_control(queue_, changes, count);
        d.poller_data = made ? wanted : unknown;
        return made;
    }

    void remove(detail::readiness_record& d) noexcept {
        const sys::kqueue_event changes[] = {change(d, sys::kqueue_read, sys::kqueue_delete),
                                             change(d, sys::kqueue_write, sys::kqueue_delete)};
        static_cast<void>(sys::kqueue_control(queue_, changes, 2));
        d.poller_data = 0;
    }

    template <class Expect, class Sink>
    void wait(std::int64_t timeout, Expect expect, Sink sink) {
        const auto found = sys::kqueue_wait(queue_, reports_, most_reports, timeout);
        if (!found) {
            if (found.error() == EINTR) return;
            throw error(found.error(), "kevent");
        }
        const int count = *found;
        bool any_process = false;
        for (int i = 0; i < count; ++i) any_process |= (sys::kqueue_data(reports_[i]) & process_bit) != 0;
        if (count > few_reports) {
            for (int i = 0; i < count; ++i) expect(static_cast<std::uint32_t>(sys::kqueue_data(reports_[i])), false);
            for (int i = 0; i < count; ++i) expect(static_cast<std::uint32_t>(sys::kqueue_data(reports_[i])), true);
        }
        if (any_process) deliver(count, sink, true);
        deliver(count, sink, false);
    }

    void wake() noexcept {
        const auto event = sys::kqueue_change_of(wake_up, sys::kqueue_user, 0, sys::kqueue_trigger);
        static_cast<void>(sys::kqueue_control(queue_, &event, 1));
    }

private:
    static constexpr int most_reports = 128;
    static constexpr int few_reports = 4;  // not worth the passes
    static constexpr std::uintptr_t wake_up = 0;
    static constexpr std::uint64_t process_bit = std::uint64_t{1} << 63;

    // What `poller_data` consists of.
    static constexpr std::uint32_t read_edge = 1;
    static constexpr std::uint32_t read_level = 2;
    static constexpr std::uint32_t write_edge = 4;
    static constexpr std::uint32_t unknown = 8;  // a change failed

    static sys::kqueue_event change(const detail::readiness_record& d, short filter, unsigned short flags) noexcept {
        const std::uint64_t data = (d.kind == descriptor_kind::process ? process_bit : 0) |
                                   (std::uint64_t{d.generation} << 32) | d.slot;
        return sys::kqueue_change_of(static_cast<std::uintptr_t>(d.fd), filter, flags, 0, data);
    }

    template <class Sink>
    void deliver(int count, Sink& sink, bool processes) {
        for (int i = 0; i < count; ++i) {
            const sys::kqueue_event& one = reports_[i];
            const std::uint64_t data = sys::kqueue_data(one);
            if (((data & process_bit) != 0) != processes || one.filter == sys::kqueue_user) continue;
            // A registration that broke says nothing of its descriptor: an attempt will.
            const bool broken = (one.flags & sys::kqueue_error) != 0;
            sink(static_cast<std::uint32_t>(data), static_cast<std::uint32_t>(data >> 32) & 0x7fffffff,
                 broken || one.filter == sys::kqueue_read, broken || one.filter == sys::kqueue_write,
                 broken || (one.flags & sys::kqueue_eof) != 0);
        }
    }

    int queue_ = -1;
    sys::kqueue_event reports_[most_reports];
};

/// The backend over kqueue(2).
using kqueue_backend = readiness_backend<kqueue_poller>;

}  // namespace cohort
