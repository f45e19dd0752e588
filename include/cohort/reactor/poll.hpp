// The poll backend: for any POSIX system.
//
// poll(2) reports levels and is told the whole set at each call, so a descriptor stands in the set only while a request
// waits for it, and costs O(descriptors that wait) per turn. Good enough for a few hundred, and a cross-check of the
// others.
#pragma once

#include "../async/detail/list.hpp"
#include "../async/error.hpp"
#include "../sys/io.hpp"
#include "../sys/poll.hpp"
#include "readiness.hpp"

#include <cerrno>
#include <cstdint>

namespace cohort {

class poll_poller {
public:
    static constexpr const char* name = "poll";
    static constexpr bool edge_triggered = false;

    poll_poller() {
        auto made = sys::pipe(true, true);
        if (!made) throw error(made.error(), "pipe", "wake-up");
        wake_read_ = made->read;
        wake_write_ = made->write;
        entries_.push_back(sys::poll_entry{wake_read_, sys::poll_in, 0});
        owners_.push_back(nullptr);
    }
    poll_poller(const poll_poller&) = delete;
    poll_poller& operator=(const poll_poller&) = delete;
    ~poll_poller() {
        static_cast<void>(sys::close(wake_read_));
        static_cast<void>(sys::close(wake_write_));
    }

    sys::outcome<void> add(detail::readiness_record& d) noexcept {
        // Room is made here, where it can fail; `update` then only fills it.
        try {
            if (owners_.capacity() < registered_ + 2) {
                entries_.reserve(2 * registered_ + 16);
                owners_.reserve(2 * registered_ + 16);
            }
        } catch (...) {
            return sys::failure(ENOMEM);
        }
        ++registered_;
        d.poller_data = 0;
        return sys::success();
    }

    sys::outcome<void> update(detail::readiness_record& d) noexcept {
        const short events = static_cast<short>((d.reads.empty() ? 0 : sys::poll_in) |
                                                (d.writes.empty() ? 0 : sys::poll_out));
        if (events == 0) {
            take_out(d);
        } else if (d.poller_data == 0) {
            d.poller_data = static_cast<std::uint32_t>(entries_.size());
            entries_.push_back(sys::poll_entry{d.fd, events, 0});
            owners_.push_back(&d);
        } else {
            entries_[d.poller_data].events = events;
        }
        return sys::success();
    }

    void remove(detail::readiness_record& d) noexcept {
        take_out(d);
        --registered_;
    }

    template <class Expect, class Sink>
    void wait(std::int64_t timeout, Expect, Sink sink) {
        auto found = sys::poll(entries_.data(), entries_.size(), timeout);
        if (!found) {
            if (found.error() == EINTR) return;
            throw error(found.error(), "poll");
        }
        if (*found == 0) return;
        // Delivering changes the set, so the reports are copied out first: processes in front.
        reports_.clear();
        for (int pass = 0; pass < 2; ++pass)
            for (std::size_t i = 1; i < entries_.size(); ++i)
                if (entries_[i].revents && (owners_[i]->kind == descriptor_kind::process) == (pass == 0))
                    reports_.push_back(report{owners_[i]->slot, owners_[i]->generation, entries_[i].revents});
        if (entries_[0].revents) drain_wake_ups();
        for (const report& r : reports_)
            sink(r.slot, r.generation, (r.events & sys::poll_in) != 0, (r.events & sys::poll_out) != 0,
                 (r.events & (sys::poll_hup | sys::poll_error | sys::poll_invalid)) != 0);
    }

    void wake() noexcept {
        // A full pipe means that a wake-up is already on its way.
        static_cast<void>(sys::write(wake_write_, "", 1));
    }

private:
    struct report {
        std::uint32_t slot;
        std::uint32_t generation;
        short events;
    };

    void take_out(detail::readiness_record& d) noexcept {
        const std::uint32_t at = d.poller_data;
        if (at == 0) return;
        d.poller_data = 0;
        entries_[at] = entries_.back();
        owners_[at] = owners_.back();
        entries_.pop_back();
        owners_.pop_back();
        if (at < owners_.size()) owners_[at]->poller_data = at;
    }

    void drain_wake_ups() noexcept {
        char bytes[256];
        while (auto got = sys::read(wake_read_, bytes, sizeof bytes))
            if (*got < sizeof bytes) break;
    }

    int wake_read_ = -1;
    int wake_write_ = -1;
    std::size_t registered_ = 0;
    detail::list<sys::poll_entry> entries_;
    detail::list<detail::readiness_record*> owners_;
    detail::list<report> reports_;
};

/// The backend over poll(2).
using poll_backend = readiness_backend<poll_poller>;

}  // namespace cohort
