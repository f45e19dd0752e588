// A stream read and written in segments, in completion style: one read and one write of the channel's bytes in flight.
//
// What goes on below them is this link's own: its greeting, the wait for the other side's where handles are to be passed
// and it has not come, and the segment that ends the writing.
#pragma once

#include "../../../async/executor.hpp"
#include "../../../io/handle.hpp"
#include "../../../io/stream.hpp"
#include "../../../reactor/loop.hpp"
#include "../../../sys/io.hpp"
#include "../../../sys/process.hpp"
#include "../transport_user.hpp"
#include "frame_request.hpp"
#include "segment.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace cohort::detail {

class segmented_link : private turn_hook {
public:
    /// `fds`: room for what comes along, null where nothing may. `peer`: the other side's process, 0 where it is not
    /// known.
    segmented_link(stream& s, transport_user& user, int* fds, int peer)
        : turn_hook(&segmented_link::turn_ended), stream_(s), user_(user), fds_(fds), read_(*this), write_(*this) {
        read_.mode = write_.mode = s.mode();
        if (peer != 0) writer_.peer_is(static_cast<unsigned>(peer));
        // Said at once where there is room, as in a pipe that is new: the other side may be about to pass handles.
        writer_.put_head(segment_head::hello, static_cast<std::uint32_t>(sys::getpid()));
        if (s) sent_ = sys::write(s.native(), writer_.data(), writer_.size()).value_or(0);
        forget_sent();
    }
    segmented_link(const segmented_link&) = delete;
    segmented_link& operator=(const segmented_link&) = delete;

    /// True: completed at once, `read_result` is set.
    bool read(loop& where, char* data, std::size_t size) {
        loop_ = &where;
        target_ = data;
        wanted_ = size;
        return go_on_reading();
    }

    /// True: completed at once, `write_result` is set. The bytes stay in place until it completes.
    bool write(loop& where, const sys::io_slice* slices, std::size_t count, const int* fds, std::size_t fd_count) {
        loop_ = &where;
        slices_[0] = slices[0];
        if (count > 1) slices_[1] = slices[1];
        slice_count_ = count;
        leaving_ = fds;
        leaving_count_ = fd_count;
        phase_ = phase::waits;
        // Who is to get the handles has to say who it is.
        if (fd_count > 0 && !writer_.knows_peer() && go_on_reading()) refuse_write(EPIPE);
        if (!go_on_writing()) return false;
        phase_ = phase::none;
        return true;
    }

    /// Nothing more comes from this side. There is no write in flight.
    void end() {
        ending_ = true;
        if (loop_) static_cast<void>(go_on_writing());
    }

    sys::outcome<std::size_t> read_result() const noexcept { return read_result_; }
    std::size_t fd_count() const noexcept { return reader_.fd_count(); }
    bool fds_lost() const noexcept { return reader_.lost(); }
    sys::outcome<std::size_t> write_result() const noexcept { return write_result_; }

    /// The other side's process; 0 where it is not known.
    unsigned peer() const noexcept { return writer_.peer(); }

    std::uint64_t read_calls() const noexcept { return read_.calls; }
    std::uint64_t write_calls() const noexcept { return write_.calls; }

    /// Closes the stream. What completes from now on is nobody's; handles that are on their way are closed.
    void close() noexcept {
        if (closed_) return;
        closed_ = true;
        cancel();
        // Reads and writes in flight are over when it has no record any more.
        handle end(stream_.release());
        if (writing_ && sent_ == 0 && !write_.result) writer_.retract();
        if (reading_ && read_.result) reader_.filled(*read_.result);
        if (end && fds_) drain(end.native());
    }

private:
    template <class Request>
    struct owned : Request {
        explicit owned(segmented_link& link) noexcept : Request(&owned::done), owner(link) {}
        static void done(io_request& r) noexcept {
            segmented_link& self = static_cast<owned&>(static_cast<Request&>(r)).owner;
            if (!self.closed_) self.ended(static_cast<Request&>(r));
        }
        segmented_link& owner;
    };

    /// What the channel's write does: it waits for its turn, its segment is on the way, its result is known.
    enum class phase : unsigned char { none, waits, leaves, done };

    /// Takes up and closes the handles among what nobody has read.
    void drain(int fd) noexcept {
        char bytes[512];
        for (;;) {
            switch (reader_.take(bytes, sizeof bytes, fds_, heard_)) {
            case segment_reader::found::bytes:
                for (std::size_t i = 0; i < reader_.fd_count(); ++i) static_cast<void>(sys::close(fds_[i]));
                continue;
            case segment_reader::found::hello: heard_ = true; continue;
            case segment_reader::found::end:
            case segment_reader::found::nonsense: return;
            case segment_reader::found::nothing: break;
            }
            char* const room = reader_.room();
            const auto got = sys::read(fd, room, reader_.room_size());
            if (got.value_or(0) == 0) return;
            reader_.filled(*got);
        }
    }

    /// True: a read of the channel's has its result. It goes on reading also where nobody reads but a write waits for
    /// the greeting.
    bool go_on_reading() {
        for (;;) {
            switch (reader_.take(target_, wanted_, fds_, heard_)) {
            case segment_reader::found::bytes: return complete_read(reader_.taken());
            case segment_reader::found::end: end_ = sys::outcome<std::size_t>(std::size_t{0}); break;
            case segment_reader::found::nonsense: end_ = sys::outcome<std::size_t>(sys::failure(EPROTO)); break;
            case segment_reader::found::hello:
                heard_ = true;
                if (!writer_.knows_peer()) writer_.peer_is(reader_.peer());
                // In the next turn: this may be the middle of the channel's own call.
                if (phase_ == phase::waits) loop_->at_turn_end(*this);
                continue;
            case segment_reader::found::nothing: break;
            }
            if (at_end()) return target_ ? complete_read(end_) : true;
            if (reading_) return false;
            // Without a reader there is nothing to do but hear who is there.
            if (!target_ && heard_) return false;
            read_.data = reader_.room();
            read_.size = reader_.room_size();
            reading_ = stream_.registered().submit(*loop_, read_) != nullptr;
            if (reading_) return false;
            came();
        }
    }

    bool at_end() const noexcept { return end_.error() != EAGAIN; }

    void came() noexcept {
        if (read_.result && *read_.result > 0) reader_.filled(*read_.result);
        else if (!at_end()) end_ = read_.result;
    }

    bool complete_read(sys::outcome<std::size_t> with) noexcept {
        read_result_ = with;
        target_ = nullptr;
        wanted_ = 0;
        return true;
    }

    void ended(frame_read_request&) noexcept {
        reading_ = false;
        came();
        const bool wanted = target_ != nullptr;
        try {
            if (!go_on_reading()) return;
        } catch (...) {
            complete_read(sys::failure(ENOMEM));
        }
        // Who was to say who it is has gone.
        if (phase_ == phase::waits && at_end() && !writer_.knows_peer()) {
            refuse_write(EPIPE);
            loop_->at_turn_end(*this);
        }
        if (wanted) user_.read_completed();
    }

    /// True: the channel's write has its result.
    bool go_on_writing() {
        for (;;) {
            if (phase_ == phase::done) return true;
            if (writing_) return false;
            if (writer_.size() > 0) {
                write_.data = writer_.data() + sent_;
                write_.size = writer_.size() - sent_;
                writing_ = stream_.registered().submit(*loop_, write_) != nullptr;
                if (!writing_) went();
            } else if (phase_ == phase::leaves) {
                write_result_ = carried_;
                phase_ = phase::done;
            } else if (!collect()) {
                return false;
            }
        }
    }

    /// Puts what is to be written next into the buffer; false: nothing.
    bool collect() {
        if (phase_ == phase::waits && (leaving_count_ == 0 || writer_.knows_peer())) {
            const auto put = writer_.put_segment(slices_, slice_count_, leaving_, leaving_count_);
            if (!put) {
                refuse_write(put.error());
                return true;
            }
            carried_ = *put;
            phase_ = phase::leaves;
        } else if (phase_ == phase::none && ending_ && !said_end_) {
            writer_.put_head(segment_head::end, 0);
            said_end_ = true;
        }
        return writer_.size() > 0;
    }

    void went() noexcept {
        if (!write_.result) {
            // Where nothing of the channel's was under way nobody misses it.
            if (phase_ != phase::none) refuse_write(write_.result.error());
            if (sent_ == 0) writer_.retract();
            else writer_.clear();
            sent_ = 0;
            // Who was to be told that nothing more comes sees it by the end of all.
            if (said_end_) {
                if (!at_end()) end_ = write_.result;
                stream_.close();
            }
            return;
        }
        sent_ += *write_.result;
        forget_sent();
    }

    void forget_sent() noexcept {
        if (sent_ < writer_.size()) return;
        writer_.clear();
        sent_ = 0;
    }

    void refuse_write(int code) noexcept {
        write_result_ = sys::failure(code);
        phase_ = phase::done;
    }

    /// Goes on outside of the channel's own calls, and tells it of a result.
    void advance() noexcept {
        try {
            if (!go_on_writing()) return;
        } catch (...) {
            refuse_write(ENOMEM);
        }
        phase_ = phase::none;
        user_.write_completed();
    }

    void ended(frame_write_request&) noexcept {
        writing_ = false;
        went();
        advance();
    }

    static void turn_ended(turn_hook& self) noexcept { static_cast<segmented_link&>(self).advance(); }

    stream& stream_;
    transport_user& user_;
    loop* loop_ = nullptr;
    int* fds_;
    segment_reader reader_;
    segment_writer writer_;
    owned<frame_read_request> read_;
    owned<frame_write_request> write_;

    char* target_ = nullptr;
    std::size_t wanted_ = 0;
    sys::outcome<std::size_t> read_result_ = std::size_t{0};
    sys::outcome<std::size_t> end_ = sys::failure(EAGAIN);  // what every read comes to from then on

    sys::io_slice slices_[2] = {};
    std::size_t slice_count_ = 0;
    const int* leaving_ = nullptr;
    std::size_t leaving_count_ = 0;
    std::size_t carried_ = 0;
    std::size_t sent_ = 0;
    sys::outcome<std::size_t> write_result_ = std::size_t{0};

    phase phase_ = phase::none;
    bool reading_ = false;
    bool writing_ = false;
    bool heard_ = false;
    bool ending_ = false;
    bool said_end_ = false;
    bool closed_ = false;
};

}  // namespace cohort::detail
