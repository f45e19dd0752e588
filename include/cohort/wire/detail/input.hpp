// The input half of a channel: reads large blocks, cuts frames out of them, gives each frame its handles.
//
// The bytes and handles that were read belong to the channel and not to the receive that waited for them: a cancelled
// receive takes nothing away. A frame is taken by the coroutine that receives it when it has been resumed; from the
// moment it is told that there is one until then it holds the `turn`, and others wait in a list.
//
// Nothing is read while an undelivered frame stands in the buffer: a receiver that does not receive makes the kernel's
// buffer fill up, and so its peer wait.
//
// Pairing of handles: the header of each frame tells how many belong to it. The kernel delivers descriptors with a read
// that contains the first byte of the sendmsg they came in, and ends that read before the next such message. Each batch
// of descriptors is therefore kept with the range of stream positions of the read it came in; a frame takes its
// handles, in order, from batches whose range contains its first byte. What a frame misses, and what is left over when
// all frames that could begin in its range have, shows that the peer's numbers are wrong.
#pragma once

#include "../../async/detail/list.hpp"
#include "../../async/detail/text.hpp"
#include "../../async/detail/waiter_list.hpp"
#include "../../async/executor.hpp"
#include "../../sys/message.hpp"
#include "../../sys/platform.hpp"
#include "../codec.hpp"
#include "../framing.hpp"
#include "../message_error.hpp"
#include "erased_message.hpp"
#include "fd_queue.hpp"
#include "handle_table.hpp"
#include "read_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace cohort::detail {

/// `Core` has the transport, the executor, the limits and the peer's name.
template <class Core, class Framing>
class channel_input : private turn_hook {
public:
    class receive_wait;

    explicit channel_input(Core& core)
        : turn_hook(&channel_input::turn_ended), core_(core), decoder_(core.with_handles()) {}
    channel_input(const channel_input&) = delete;
    channel_input& operator=(const channel_input&) = delete;

    std::uint64_t messages() const noexcept { return messages_; }
    [[gnu::always_inline]] std::uint64_t bytes_read() const noexcept { return consumed_ + buffer_.unread(); }
    std::uint64_t handles_read() const noexcept { return handles_read_; }

    /// To be called by a receiver whose turn it is: whether there is a message. False: the peer has closed. Throws what
    /// broke the channel.
    bool arrived() {
        if (scan_.is_frame()) [[likely]]
            return true;
        if (failure_) throw_again(failure_);
        return false;
    }

    std::string_view payload() const noexcept {
        return std::string_view(buffer_.front() + scan_.offset(), scan_.size());
    }

    /// The message has been delivered. Its bytes stay in place until the next receive.
    void consume() noexcept {
        ++messages_;
        buffer_.consume(scan_.total());
        consumed_ += scan_.total();
        scan_ = frame_scan::need_more();
        decoder_.reset();
    }

    /// Decodes the message into its object. One that cannot be decoded breaks the channel.
    COHORT_NOINLINE void take(const incoming_message& into) {
        try {
            into.decode(payload(), core_.table());
        } catch (const decode_error& e) {
            refuse(message_fault::malformed, e.offset(), e.what());
        } catch (...) {  // a handle of the wrong kind, no memory: the message is half taken and cannot be given again
            give_up(std::current_exception());
            throw;
        }
        consume();
    }

    void read_completed() noexcept {
        reading_ = false;
        if (failure_) {  // nobody wants what came
            close_fds_from(0);
            return;
        }
        read_ended();
        offer();
    }

    /// Writing has failed. What has arrived is still delivered, but nobody waits for an answer to a message that was
    /// lost.
    [[gnu::always_inline]] void writing_failed() noexcept { offer(); }

    /// No more reading: receivers that wait are told that the channel has ended.
    COHORT_COLD void close() noexcept {
        ended_ = true;
        closed_ = true;
        turn_hook::cancel();
        scan_ = frame_scan::need_more();  // also for a receiver that was told of a frame and has not taken it yet
        fds_.close_all();
        core_.table().incoming().clear();
        offer();
    }

private:
    friend receive_wait;
    static constexpr unsigned reads_a_turn = 32;
    static constexpr std::size_t large_frame = 48 << 10;

    struct batch {
        std::uint64_t begin;
        std::uint64_t end;
        std::size_t count;
    };

    [[gnu::always_inline]]
    static void turn_ended(turn_hook& self) noexcept { static_cast<channel_input&>(self).offer(); }

    /// Whether there is something to tell; cuts and reads as far as that is possible without waiting. The short way is
    /// for a frame that stands in the buffer.
    [[gnu::always_inline]] bool advance() noexcept { return find_frame() || advance_by_reading(); }

    /// Whether the next frame stands in the buffer and needs no second look.
    bool find_frame() noexcept {
        if (buffer_.unread() == 0 || core_.with_handles() || failure_ || closed_ || scan_.is_frame()) return false;
        scan_ = decoder_.decode(buffer_.bytes(), core_.options().frame_limit());
        return scan_.is_frame();
    }

    /// Reads and cuts until there is something to tell. False: it has to be waited for.
    COHORT_NOINLINE bool advance_by_reading() noexcept {
        for (unsigned reads = 0;;) {
            if (scan_.is_frame() || failure_ || closed_) return true;
            if (next_batch_ < batches_.size() && batches_[next_batch_].end <= consumed_) [[unlikely]] {
                broken(message_fault::wrong_handle_count, consumed_, "more handles came than the frames tell");
                return true;
            }
            if (buffer_.unread() > 0 && !scan_.is_failed()) {
                scan_ = decoder_.decode(buffer_.bytes(), core_.options().frame_limit());
                if (scan_.is_frame()) {
                    if (core_.with_handles()) claim_handles();
                    return true;
                }
            }
            if (scan_.is_failed()) [[unlikely]] {
                bad_frame();
                return true;
            }
            if (ended_) {
                if (buffer_.unread() > 0) broken(message_fault::cut_off, bytes_read(), {});
                return true;
            }
            if (reading_) return has_to_wait();
            if (++reads > reads_a_turn) {  // others have a right to their turn
                core_.exec().at_turn_end(*this);
                return false;
            }
            if (!start_read()) return has_to_wait();
            read_ended();
        }
    }

    /// What `advance` says when only waiting would help.
    bool has_to_wait() noexcept {
        if (!core_.output().failure()) [[likely]]
            return false;
        failure_ = core_.output().failure();
        fds_.close_all();
        return true;
    }

    /// True: completed at once.
    bool start_read() noexcept {
        try {
            const std::size_t total = scan_.total();
            // A large frame is read alone, up to the next header: nothing has to be moved when it has been delivered.
            const bool alone = total >= large_frame && total > buffer_.unread();
            // Where the framing cannot tell how much is missing, there is room for as much again.
            const std::size_t wanted = total > buffer_.unread() ? total : 2 * buffer_.unread();
            buffer_.make_room(wanted, alone ? header_room : 0);
            asked_ = alone ? total - buffer_.unread() + header_room : buffer_.room_size();
            reading_ = !core_.transport().read(core_.exec(), buffer_.room(), asked_);
            return !reading_;
        } catch (...) {
            failure_ = std::current_exception();
            return true;
        }
    }

    COHORT_NOINLINE void read_ended() noexcept {
        if (failure_) return;
        auto& transport = core_.transport();
        if (transport.read_failed()) [[unlikely]] {
            fail_read();
            return;
        }
        const std::size_t size = transport.bytes_read();
        const std::uint64_t before = bytes_read();
        buffer_.added(size, asked_);
        if (size == 0) ended_ = true;
        if (core_.with_handles()) take_handles(before, size);
    }

    COHORT_COLD void fail_read() noexcept {
        try {
            failure_ = core_.transport().read_error(core_.peer_name());
        } catch (...) {
            failure_ = std::current_exception();
        }
        fds_.close_all();
    }

    COHORT_COLD void broken(message_fault fault, std::uint64_t offset, std::string_view why) noexcept {
        try {
            throw message_error(fault, "receive", core_.peer_name(), offset, why);
        } catch (...) {
            failure_ = std::current_exception();
        }
        fds_.close_all();
    }

    /// The message is none: the channel is broken. Throws.
    [[noreturn]] COHORT_COLD void refuse(message_fault fault, std::size_t offset, std::string_view why) {
        const std::uint64_t place = consumed_ + scan_.offset() + offset;
        core_.table().incoming().clear();
        scan_ = frame_scan::need_more();
        broken(fault, place, why);
        throw_again(failure_);
    }

    /// The message could not be taken, for a reason that is not its text: the channel is broken with that.
    COHORT_COLD void give_up(std::exception_ptr why) noexcept {
        core_.table().incoming().clear();
        scan_ = frame_scan::need_more();
        failure_ = std::move(why);
        fds_.close_all();
    }

    COHORT_COLD void bad_frame() noexcept {
        try {
            std::string why = scan_.why();
            const bool too_large = scan_.size() > 0;
            if (too_large) {
                why += ": ";
                why += decimal(scan_.size());
                why += " bytes, and the limit is ";
                why += decimal(core_.options().frame_limit());
            }
            const std::uint64_t place = consumed_ + scan_.offset();
            broken(too_large ? message_fault::too_large : message_fault::bad_frame, place, why);
        } catch (...) {
            failure_ = std::current_exception();
        }
        scan_ = frame_scan::need_more();
    }

    // --- handles -----------------------------------------------------------------------------------------------------

    /// Takes over the descriptors of the read that has just ended.
    COHORT_COLD void take_handles(std::uint64_t position, std::size_t size) noexcept {
        auto& transport = core_.transport();
        const int* const came = transport.fds_read();
        const std::size_t count = transport.fd_count();
        if (count > 0) [[likely]] {
            std::size_t kept = 0;
            try {
                fds_.reserve(count);
                // A peer can see to it that there is always one left.
                if (next_batch_ == batches_.size() || next_batch_ >= forgotten_at_once) {
                    batches_.drop_front(next_batch_);
                    next_batch_ = 0;
                }
                batches_.push_back(batch{position, position + size, count});
                for (; kept < count; ++kept) fds_.push(came[kept]);
            } catch (...) {
                failure_ = std::current_exception();
                close_fds_from(kept);
                return;
            }
            handles_read_ += count;
        }
        if (transport.fds_lost()) [[unlikely]] {
            broken(message_fault::handles_lost, position,
                   "the kernel could not deliver all descriptors; the limit of open files may be reached");
        } else if (fds_.size() > most_unclaimed) [[unlikely]] {
            broken(message_fault::wrong_handle_count, position, "more handles came than the frames tell");
        }
    }

    /// Closes those of the last read that nobody takes over.
    COHORT_COLD void close_fds_from(std::size_t first) noexcept {
        auto& transport = core_.transport();
        for (std::size_t i = first; i < transport.fd_count(); ++i) handle(transport.fds_read()[i]).close();
    }

    static constexpr std::size_t forgotten_at_once = 256;
    static constexpr std::size_t most_unclaimed = 4 * sys::max_message_fds;

    /// Gives the frame that was just found its handles.
    COHORT_COLD void claim_handles() noexcept {
        list<handle>& incoming = core_.table().incoming();
        incoming.clear();
        std::size_t missing = scan_.handles();
        if (missing == 0) return;
        if (missing > core_.handle_limit()) [[unlikely]] {
            broken(message_fault::too_many_handles, consumed_,
                   "a frame tells of more handles than the channel allows in one message");
            scan_ = frame_scan::need_more();
            return;
        }
        try {
            incoming.reserve(missing);
        } catch (...) {
            failure_ = std::current_exception();
            scan_ = frame_scan::need_more();
            return;
        }
        while (missing > 0 && next_batch_ < batches_.size()) {
            batch& from = batches_[next_batch_];
            if (consumed_ < from.begin || consumed_ >= from.end) break;
            for (; missing > 0 && from.count > 0; --missing, --from.count) incoming.put_back(fds_.pop());
            if (from.count == 0) ++next_batch_;
        }
        if (missing > 0) [[unlikely]] {
            incoming.clear();
            broken(message_fault::wrong_handle_count, consumed_, "fewer handles came than the frame tells");
            scan_ = frame_scan::need_more();
        }
    }

    // --- receivers ---------------------------------------------------------------------------------------------------

    /// Lets the receiver that waits longest go on if there is something to tell.
    COHORT_NOINLINE void offer() noexcept {
        if (turn_taken_ || waiters_.empty() || !advance()) return;
        turn_taken_ = true;
        waiters_.pop_front().granted();
    }

    void turn_given_back() noexcept {
        turn_taken_ = false;
        if (!waiters_.empty()) offer();
    }

    static constexpr std::size_t header_room = 16;  // how much of the next frame is read along with a large one

    Core& core_;
    read_buffer buffer_;
    typename Framing::decoder decoder_;
    frame_scan scan_ = frame_scan::need_more();
    std::size_t asked_ = 0;
    std::uint64_t consumed_ = 0;  // position of the first unread byte
    std::uint64_t messages_ = 0;
    std::uint64_t handles_read_ = 0;
    fd_queue fds_;
    list<batch> batches_;
    std::size_t next_batch_ = 0;
    waiter_list<receive_wait> waiters_;
    std::exception_ptr failure_;
    bool turn_taken_ = false;
    bool reading_ = false;
    bool ended_ = false;
    bool closed_ = false;
};

}  // namespace cohort::detail
