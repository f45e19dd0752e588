// The transport over any stream with awaitable `read_some` and `write_some`: each transfer is a small coroutine.
//
// A coroutine cannot be taken back at once, so what it uses (the stream and a buffer for each direction) stands in a
// block of its own, which outlives the channel until the coroutines have ended: the channel's destructor asks them to
// stop and leaves the block to the last of them. The loop waits for that, as nobody else does.
#pragma once

#include "../../async/executor.hpp"
#include "../../async/stop.hpp"
#include "../../async/task.hpp"
#include "../../detail/exchanged.hpp"
#include "transport.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace cohort::detail {

template <class Stream>
class channel_transport {
public:
    static constexpr bool can_carry_handles = false;

    channel_transport(Stream s, transport_user& user, int*, int) : shared_(new block(std::move(s), user)) {}
    channel_transport(const channel_transport&) = delete;
    channel_transport& operator=(const channel_transport&) = delete;
    ~channel_transport() {
        close();
        shared_->user = nullptr;
        if (shared_->users > 1 && shared_->home) {
            shared_->home->hold();
            shared_->held = true;
        }
        shared_->release();
    }

    [[gnu::always_inline]] static int descriptor() noexcept { return -1; }
    static executor* current_executor() noexcept { return loop::current(); }

    bool read(executor& exec, char* data, std::size_t size) {
        block& b = *shared_;
        if (b.closed) return refuse(b.reading);
        b.reading.bytes.resize(size < most_at_once ? size : most_at_once);
        target_ = data;
        ++calls_[0];
        b.start(exec, b.reading, pull(b));
        return false;
    }

    bool write(executor& exec, const sys::io_slice* slices, std::size_t count, const int*, std::size_t) {
        block& b = *shared_;
        if (b.closed) return refuse(b.writing);
        b.writing.bytes.clear();
        for (std::size_t i = 0; i < count; ++i) {
            const sys::io_slice& each = slices[i];
            const char* first = static_cast<const char*>(each.iov_base);
            const std::size_t room = most_at_once - b.writing.bytes.size();
            b.writing.bytes.insert(b.writing.bytes.end(), first, first + (each.iov_len < room ? each.iov_len : room));
        }
        ++calls_[1];
        b.start(exec, b.writing, push(b));
        return false;
    }

    static constexpr bool writes_copies = true;
    static bool withdraw_write(executor&) noexcept { return false; }

    [[gnu::always_inline]] bool read_failed() const noexcept { return shared_->reading.thrown != nullptr; }
    std::size_t bytes_read() const noexcept {
        std::memcpy(target_, shared_->reading.bytes.data(), shared_->reading.size);
        return shared_->reading.size;
    }
    [[gnu::always_inline]] static const int* fds_read() noexcept { return nullptr; }
    [[gnu::always_inline]] static std::size_t fd_count() noexcept { return 0; }
    [[gnu::always_inline]] static bool fds_lost() noexcept { return false; }
    std::exception_ptr read_error(std::string_view) const { return shared_->reading.thrown; }

    [[gnu::always_inline]] bool write_failed() const noexcept { return shared_->writing.thrown != nullptr; }
    [[gnu::always_inline]] static bool too_many_handles_under_way() noexcept { return false; }
    [[gnu::always_inline]] std::size_t bytes_written() const noexcept { return shared_->writing.size; }
    std::exception_ptr write_error(std::string_view) const { return shared_->writing.thrown; }

    std::uint64_t read_calls() const noexcept { return calls_[0]; }
    std::uint64_t write_calls() const noexcept { return calls_[1]; }

    bool shutdown_write(std::string_view) {
        if constexpr (requires { shared_->stream.shutdown_write(); }) shared_->stream.shutdown_write();
        return false;
    }

    void close() noexcept {
        if (exchanged(shared_->closed, true)) return;
        shared_->stop.request_stop();
        if constexpr (requires { shared_->stream.close(); }) shared_->stream.close();
    }

    [[gnu::always_inline]] static sys::outcome<sys::peer_identity> peer() noexcept { return sys::failure(ENOTSOCK); }

private:
    static constexpr std::size_t most_at_once = 64 << 10;

    struct transfer {
        std::vector<char> bytes;
        std::size_t size = 0;
        std::exception_ptr thrown;
    };

    struct block {
        block(Stream s, transport_user& u) : stream(std::move(s)), user(&u) {}

        void start(executor& exec, transfer& t, task<> work) noexcept {
            t.thrown = nullptr;
            ++users;
            loop* const here = loop::current();
            home = static_cast<executor*>(here) == &exec ? here : nullptr;
            task_access::start(task_access::release(std::move(work)), exec, &stop, this,
                               &t == &reading ? &block::read_ended : &block::write_ended);
        }

        static void read_ended(promise_base& p) noexcept {
            block& self = ended(p, &block::reading);
            if (self.user && !self.closed) self.user->read_completed();
            self.release();
        }
        static void write_ended(promise_base& p) noexcept {
            block& self = ended(p, &block::writing);
            if (self.user && !self.closed) self.user->write_completed();
            self.release();
        }
        static block& ended(promise_base& p, transfer block::*which) noexcept {
            block& self = *static_cast<block*>(p.owner);
            (self.*which).thrown = static_cast<task<>::promise_type&>(p).error();
            p.handle.destroy();
            return self;
        }

        void release() noexcept {
            if (--users > 0) return;
            loop* const waits = held ? home : nullptr;
            delete this;
            if (waits) waits->release();
        }

        Stream stream;
        transport_user* user;
        stop_source stop;
        transfer reading;
        transfer writing;
        loop* home = nullptr;  // null where the executor is none
        unsigned users = 1;
        bool closed = false;
        bool held = false;
    };

    static task<> pull(block& b) {
        const std::span<std::byte> room(reinterpret_cast<std::byte*>(b.reading.bytes.data()), b.reading.bytes.size());
        b.reading.size = co_await b.stream.read_some(room);
    }

    static task<> push(block& b) {
        const std::span<const std::byte> all(reinterpret_cast<const std::byte*>(b.writing.bytes.data()),
                                             b.writing.bytes.size());
        b.writing.size = co_await b.stream.write_some(all);
    }

    static bool refuse(transfer& t) {
        t.thrown = failure_of(ECANCELED, "transfer", std::string_view());
        return true;
    }

    block* shared_;
    char* target_ = nullptr;
    std::uint64_t calls_[2] = {0, 0};
};

}  // namespace cohort::detail
