// The output half of a channel: frames collected in one buffer, written in large pieces, with the handles that belong
// to them.
//
// Small messages are collected and written once at the end of the loop's turn, or as soon as there are enough for a
// large write. What the kernel does not take at once is set apart and stays in place (a completion backend's kernel
// reads it), while the next messages are collected in a second buffer.
//
// A frame with handles begins a write of its own; frames without handles may follow in the same write, the next frame
// with handles ends it (outgoing_handles.hpp).
//
// Why the order of messages is that of the senders: a sender that may go on holds the `turn` from the moment it is told
// so until it has put its message into the buffer, and nobody else sends in between; the others wait in a list, first
// come, first served.
#pragma once

#include "../../async/detail/text.hpp"
#include "../../async/detail/waiter_list.hpp"
#include "../../async/executor.hpp"
#include "../../async/operation.hpp"
#include "../../detail/exchanged.hpp"
#include "../../sys/io.hpp"
#include "../../sys/platform.hpp"
#include "../channel_options.hpp"
#include "../codec.hpp"
#include "../framing.hpp"
#include "../message_error.hpp"
#include "direct_frame.hpp"
#include "erased_message.hpp"
#include "handle_table.hpp"
#include "outgoing_handles.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace cohort::detail {

/// `Core` has the transport, the executor, the limits and the peer's name.
template <class Core, class Framing>
class channel_output : private turn_hook, private timer {
public:
    class send_wait;
    class drain_wait;

    explicit channel_output(Core& core) noexcept
        : turn_hook(&channel_output::turn_ended), timer(&channel_output::retry), core_(core),
          short_frame_(core.options().frame_limit()) {
        if constexpr (requires { Framing::most; })
            if (short_frame_ > Framing::most) short_frame_ = static_cast<std::size_t>(Framing::most);
    }
    channel_output(const channel_output&) = delete;
    channel_output& operator=(const channel_output&) = delete;
    ~channel_output() { stop_retrying(); }

    /// Bytes that the kernel has not taken yet, handles counted as their share.
    std::size_t queued() const noexcept {
        return static_cast<std::size_t>(collected_ - written_) + handles_.size() * weight_of_handle;
    }
    std::uint64_t messages() const noexcept { return messages_; }
    std::uint64_t written() const noexcept { return written_ - withdrawn_; }
    std::uint64_t handles_written() const noexcept { return handles_written_; }
    [[gnu::always_inline]] bool has_room() const noexcept { return queued() < core_.options().high_water(); }

    /// Puts a raw payload into the buffer if it is small, and takes the handles that go along. False: the long way.
    bool put_plain(std::string_view payload, const handle_table::entry* more, std::size_t more_count) {
        if constexpr (detached_header<Framing>) {
            if (failure_ || draining_ != 0) throw_unusable("send");
            quick_end_ = 0;
            if (payload.size() >= direct_size || payload.size() > short_frame_) return false;
            const std::size_t most = filled_ + Framing::header_room + payload.size();
            if (filling_->size() < most) [[unlikely]]
                filling_->resize(most < least_size ? least_size : 2 * most);
            if (more_count > core_.handle_limit() || !handles_.add_taken(collected_, more, more_count)) return false;
            collected(frame_in_place(payload, more_count));
            return true;
        }
        return false;
    }

    /// Encodes a message into the buffer; `more` are the handles that go along besides those inside the message. All or
    /// nothing: what it throws leaves buffer and handles as they were.
    COHORT_NOINLINE void put(const outgoing_message& message, const handle_table::entry* more, std::size_t more_count) {
        if (failure_ || draining_ != 0) throw_unusable("send");
        const std::size_t start = filled_;
        quick_end_ = 0;  // what follows may shrink the block
        if (filling_->capacity() < least_size) [[unlikely]]
            filling_->reserve(least_size);
        filling_->resize(start);
        try {
            for (std::size_t i = 0; i < more_count; ++i)
                if (more[i].fd() < 0) throw_code(EBADF);
            handle_table& table = core_.table();
            table.begin_writing(core_.handle_limit());
            Framing::begin(*filling_, core_.with_handles());
            const std::size_t header = filling_->size() - start;
            message.encode(*filling_, table);
            const std::size_t size = filling_->size() - start - header;
            if (size > core_.options().frame_limit()) [[unlikely]]
                refuse(message_fault::too_large, size, " bytes, and the limit is ", core_.options().frame_limit());
            const std::size_t handles = table.outgoing().size() + more_count;
            if (handles > core_.handle_limit())
                refuse(message_fault::too_many_handles, handles, ", and the channel allows ", core_.handle_limit());
            if (const char* why = Framing::finish(*filling_, start, core_.with_handles(), handles)) [[unlikely]]
                refuse_frame(why);
            if (handles != 0)
                if (const int code = handles_.add(collected_, table.outgoing(), message.take(), more, more_count))
                    throw_code(code);
        } catch (...) {
            filling_->resize(start);
            throw;
        }
        collected(filling_->size() - start);
    }

    /// Writes what has been collected, as far as the kernel takes it; the rest follows by itself.
    void flush() noexcept {
        while (!writing_ && !failure_ && prepare()) {
            if (!start_write()) break;  // what went before may be what somebody waits for
            write_ended();
        }
        wake();
        if (!turn_taken_) allow_quick();
    }

    /// To be called when a write that did not complete at once has.
    void write_completed() noexcept {
        writing_ = false;
        write_ended();
        flush();
    }

    /// No more writing: everybody who waits is told.
    COHORT_COLD void fail(std::exception_ptr why) noexcept {
        if (!failure_) failure_ = std::move(why);
        quick_end_ = 0;
        turn_hook::cancel();
        stop_retrying();
        handles_.close_all();
        wake();
        core_.input().writing_failed();
    }

    /// What the writing failed with.
    [[gnu::always_inline]] const std::exception_ptr& failure() const noexcept { return failure_; }

    /// For the operations that wait on this half; throws what the channel failed with.
    void check(const char* operation) {
        if (failure_) throw_unusable(operation);
    }

private:
    static constexpr std::size_t flush_size = 128 << 10;    // more at once wakes the peer less often
    static constexpr std::size_t least_size = 4 << 10;
    static constexpr std::size_t keep_size = 512 << 10;     // capacity kept by an empty buffer, besides twice the mark
    static constexpr std::size_t direct_size = 16 << 10;    // from here on a payload is written from where it is
    static constexpr std::size_t weight_of_handle = 1024;  // in bytes, when counted against the marks
    static constexpr std::int64_t retry_delay = 1'000'000;  // ns

    /// Writes a frame behind the others, where there has to be room. Gives its size.
    [[gnu::always_inline]] std::size_t frame_in_place(std::string_view payload, std::size_t handles) noexcept {
        char* const to = filling_->data() + filled_;
        const std::size_t size = Framing::write_header(to, payload.size(), core_.with_handles(), handles);
        if (!payload.empty()) std::memcpy(to + size, payload.data(), payload.size());
        return size + payload.size();
    }

    /// A frame of `size` bytes has been added to the buffer.
    void collected(std::size_t size) {
        ++messages_;
        collected_ += size;
        filled_ += size;
        if (writing_) return;
        if (filled_ < flush_size) [[likely]] {
            core_.exec().at_turn_end(*this);
            return;
        }
        flush();
        check("send");
    }

    /// Up to where frames may be added without a look at anything else: nobody is to be served before, and the mark is
    /// not reached.
    void allow_quick() noexcept {
        const std::size_t high = core_.options().high_water(), now = queued();
        const bool open = senders_.empty() && draining_ == 0 && !failure_ && now < high;
        std::size_t end = open ? filled_ + (high - now) : 0;
        if (!writing_ && end > flush_size) end = flush_size;
        quick_end_ = end < filling_->size() ? end : filling_->size();
    }

    /// The short way for a raw payload: nothing can go wrong and nobody has to be asked. False: take the long way.
    bool put_quickly(executor& exec, std::string_view payload) noexcept {
        if constexpr (detached_header<Framing>) {
            if (filled_ + Framing::header_room + payload.size() > quick_end_ || payload.size() > short_frame_)
                return false;
            if (filled_ == 0 && !writing_) {  // the first since the last flush
                core_.bind(exec);
                exec.at_turn_end(*this);
            }
            const std::size_t size = frame_in_place(payload, 0);
            ++messages_;
            collected_ += size;
            filled_ += size;
            return true;
        } else {
            return false;
        }
    }

    [[gnu::always_inline]]
    static void turn_ended(turn_hook& self) noexcept { static_cast<channel_output&>(self).flush(); }

    // --- writing -----------------------------------------------------------------------------------------------------

    /// Whether there is something to write.
    bool prepare() const noexcept { return filled_ > 0 || sent_ < leaving_size_ || direct_; }

    /// True: completed at once.
    bool start_write() noexcept {
        sys::io_slice slices[2];
        std::size_t count = 1;
        std::size_t fds = 0;
        if (direct_) {
            count = direct_frame_.rest(slices);
        } else {
            // What was collected is written from where it is, and set apart only if that takes longer.
            const bool rest = sent_ < leaving_size_;
            std::size_t size = rest ? leaving_size_ - sent_ : filled_;
            if (handles_.any()) [[unlikely]]
                fds = handles_.share_of_write(written_, size);
            slices[0].iov_base = rest ? leaving_->data() + sent_ : filling_->data();
            slices[0].iov_len = size;
        }
        handles_in_flight_ = fds;
        if (fds > 0) [[unlikely]]  // the queue may move while the write waits
            std::memcpy(core_.leaving_fds(), handles_.front(), fds * sizeof(int));
        try {
            writing_ = !core_.transport().write(core_.exec(), slices, count, core_.leaving_fds(), fds);
        } catch (...) {  // no memory for it
            give_up(std::current_exception());
            return false;
        }
        if (writing_ && !direct_) set_apart();
        return !writing_;
    }

    /// Gives the memory of an unusually long backlog back.
    COHORT_COLD void forget_leaving() noexcept {
        leaving_->~basic_string();
        ::new (leaving_) std::string();
    }

    /// Makes what was collected that which is being written. The bytes stay where they are.
    void set_apart() noexcept {
        if (sent_ < leaving_size_) return;
        quick_end_ = 0;
        leaving_ = exchanged(filling_, leaving_);
        leaving_size_ = exchanged(filled_, std::size_t{0});
        sent_ = 0;
    }

    COHORT_NOINLINE void write_ended() noexcept {
        auto& transport = core_.transport();
        if (transport.write_failed()) [[unlikely]] {
            write_failed();
            return;
        }
        const std::size_t size = transport.bytes_written();
        written_ += size;
        if (direct_) {
            if (direct_frame_.went(size)) end_direct();
            return;
        }
        if (sent_ == leaving_size_ && size == filled_) {
            filled_ = 0;
        } else {
            set_apart();
            sent_ += size;
            if (sent_ == leaving_size_ && leaving_->capacity() > keep_size + 2 * core_.options().high_water())
                forget_leaving();
        }
        if (size > 0 && handles_in_flight_ > 0) [[unlikely]] {
            handles_.went(handles_in_flight_);
            handles_written_ += handles_in_flight_;
        }
    }

    COHORT_COLD void write_failed() noexcept {
        try {
            if (core_.transport().too_many_handles_under_way()) {
                // The peers of this user have not yet received what was sent to them; nothing tells when they have.
                core_.exec().timers().arm(*this, core_.exec().deadline_after(retry_delay));
                writing_ = true;
                return;
            }
            give_up(core_.transport().write_error(core_.peer_name()));
        } catch (...) {
            give_up(std::current_exception());
        }
    }

    COHORT_COLD void give_up(std::exception_ptr why) noexcept {
        fail(std::move(why));
        if (direct_) end_direct();
    }

    static void retry(timer& self) noexcept {
        static_cast<channel_output&>(self).writing_ = false;
        static_cast<channel_output&>(self).flush();
    }

    void stop_retrying() noexcept {
        if (!timer::armed()) return;
        core_.exec().timers().disarm(*this);
        writing_ = false;
    }

    /// Lets those go on that wait for what has come true.
    COHORT_NOINLINE void wake() noexcept {
        while (!drains_.empty() && (failure_ || drains_.front().target_ <= written_)) drains_.pop_front().complete();
        if (turn_taken_ || senders_.empty()) return;
        if (failure_ || draining_ != 0 || queued() <= core_.options().low_water()) grant_next();
    }

    void grant_next() noexcept {
        turn_taken_ = true;
        senders_.pop_front().granted();
    }

    COHORT_NOINLINE void turn_given_back() noexcept {
        turn_taken_ = false;
        if (senders_.empty()) allow_quick();
        else if (failure_ || draining_ != 0 || has_room()) grant_next();
    }

    // --- a large payload, written from where it stands ---------------------------------------------------------------

    bool may_go_direct(const send_wait& s) const noexcept {
        return s.payload_.size() >= direct_size && s.alone_ && !writing_ && !direct_ && !failure_ && draining_ == 0 &&
               collected_ == written_ && s.payload_.size() <= short_frame_;
    }

    /// True: it was all written, or has failed.
    bool start_direct(send_wait& s) noexcept {
        if constexpr (detached_header<Framing>) {
            static_assert(Framing::header_room <= direct_frame::longest_header);
            char* const header = direct_frame_.header();
            direct_frame_.begin(Framing::write_header(header, s.payload_.size(), core_.with_handles(), 0), s.payload_);
            direct_ = &s;
            s.direct_ = true;
            collected_ += direct_frame_.size();
            ++messages_;
            flush();
            return direct_ != &s;
        } else {
            return true;
        }
    }

    void end_direct() noexcept {
        send_wait& sender = *direct_;
        direct_ = nullptr;
        sender.wrote_all();
    }

    /// The sender of a payload that is under way was cancelled. True: nothing of it has gone, it is withdrawn.
    /// Otherwise the message has been sent, as far as the sender is concerned: the rest is copied and follows.
    COHORT_COLD bool withdraw_direct(send_wait& s) noexcept {
        if (direct_ != &s) return false;  // failed or written, on its way to be resumed
        if (core_.transport().withdraw_write(core_.exec())) writing_ = false;
        else if (!core_.transport().writes_copies) return false;
        if (!writing_ && direct_frame_.untouched()) {
            // What follows it has its place already: it is passed over, not taken out of the count.
            const std::size_t size = direct_frame_.size();
            written_ += size;
            withdrawn_ += size;
            --messages_;
            direct_ = nullptr;
            flush();
            return true;
        }
        try {
            sys::io_slice rest[2];
            const std::size_t count = direct_frame_.rest(rest);
            leaving_->clear();
            sent_ = 0;
            for (std::size_t i = 0; i < count; ++i)
                leaving_->append(static_cast<const char*>(rest[i].iov_base), rest[i].iov_len);
            leaving_size_ = leaving_->size();
        } catch (...) {
            fail(std::current_exception());
        }
        direct_ = nullptr;
        s.wrote_all();
        flush();
        return false;
    }

    [[noreturn]] COHORT_COLD void refuse(message_fault fault, std::size_t size, const char* what,
                                         std::size_t limit) const {
        throw message_error(fault, "send", core_.peer_name(), position(), joined(decimal(size), what, decimal(limit)));
    }

    [[noreturn]] COHORT_COLD void refuse_frame(const char* why) const {
        throw message_error(message_fault::too_large, "send", core_.peer_name(), position(), why);
    }

    [[noreturn]] COHORT_COLD void throw_code(int code) const { throw error(code, "send", core_.peer_name()); }

    [[noreturn]] COHORT_COLD void throw_unusable(const char* operation) const {
        if (failure_) throw_again(failure_);
        throw message_error(message_fault::closed, operation, core_.peer_name(), position());
    }

    /// Where the next frame begins, in bytes that the peer gets.
    std::uint64_t position() const noexcept { return collected_ - withdrawn_; }

    Core& core_;
    std::size_t short_frame_;  // a payload up to here needs no look at the limits
    std::string buffers_[2];
    std::string* filling_ = &buffers_[0];  // frames being collected, filled_ bytes
    std::string* leaving_ = &buffers_[1];  // frames being written, from sent_ up to leaving_size_
    std::size_t filled_ = 0;
    std::size_t quick_end_ = 0;  // 0 where the short way is closed
    std::size_t leaving_size_ = 0;
    std::size_t sent_ = 0;
    std::uint64_t collected_ = 0;  // position after the last byte of all frames
    std::uint64_t written_ = 0;    // position up to which the kernel took them
    std::uint64_t withdrawn_ = 0;  // bytes that both count and that never went
    std::uint64_t messages_ = 0;
    std::uint64_t handles_written_ = 0;
    outgoing_handles handles_;
    std::size_t handles_in_flight_ = 0;
    direct_frame direct_frame_;
    send_wait* direct_ = nullptr;  // whose frame that is, while it is written
    waiter_list<send_wait> senders_;
    waiter_list<drain_wait> drains_;
    std::exception_ptr failure_;
    unsigned draining_ = 0;  // shutdowns and closes under way or done: no further messages
    bool writing_ = false;
    bool turn_taken_ = false;
};

}  // namespace cohort::detail
