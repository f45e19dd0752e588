// channel: a stream of messages over a byte stream.
//
// Why this is correct: a channel is used on one loop. Its two halves (detail/output.hpp, detail/input.hpp) say why
// messages keep their order, why a cancellation takes nothing away, and why each frame gets its own handles.
#pragma once

#include "../detail/exchanged.hpp"
#include "../io/handle.hpp"
#include "../io/stream.hpp"
#include "../sys/platform.hpp"
#include "channel_options.hpp"
#include "channel_statistics.hpp"
#include "codec.hpp"
#include "detail/channel_core.hpp"
#include "detail/channel_operations.hpp"
#include "framing.hpp"
#include "give.hpp"
#include "handle_adapter.hpp"
#include "json_codec.hpp"
#include "length_prefix.hpp"
#include "message.hpp"

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort {

/// Messages over `Stream`: cut by `Framing`, turned into values by `Codec`. `Out` and `In` are what is sent and
/// received; with `void` each call decides, and `receive()` gives the codec's dynamic type. Movable, also while
/// operations are in flight; must outlive them. Belongs to the loop on which it is first used. Destroying it closes the
/// stream: what was not flushed is lost, and handles that were not delivered are closed.
///
/// One coroutine may send while another receives. Several senders, or receivers, are served in the order of their
/// calls.
template <class Stream, framing_policy Framing = framing::length_prefix<>, class Codec = codec::json, class Out = void,
          class In = void>
class channel {
    using core_type = detail::channel_core<Stream, Framing>;
    using entry = detail::handle_table::entry;
    static constexpr bool members_carry = detail::carries_handles<Out> || detail::carries_handles<In>;
    static_assert(!members_carry || Framing::counts_handles,
                  "this framing cannot say how many handles belong to a frame");

    /// With the codec, to which operations in flight refer while the channel moves.
    struct state final : core_type {
        state(Stream s, channel_options options, std::size_t handles, Codec c)
            : core_type(std::move(s), std::move(options), handles), codec(std::move(c)) {}

        Codec codec;
    };

    template <class T>
    static constexpr bool is_handle = requires(std::remove_reference_t<T>& h) {
        { h.native() } -> std::convertible_to<int>;
        h.release();
    } && !std::is_lvalue_reference_v<T>;

    template <class T>
    static void check_message() {
        static_assert(detail::encoder_for<Codec, T>, "the codec cannot send this type");
        static_assert(std::is_void_v<Out> || std::is_same_v<T, Out>, "this channel sends messages of another type");
    }

    template <class T>
    struct own_type : std::conditional<std::is_void_v<T>, typename Codec::dynamic, T> {};

public:
    using stream_type = Stream;
    using framing_type = Framing;
    using codec_type = Codec;
    /// What `receive()` gives.
    using received_type = typename own_type<In>::type;

    channel() noexcept : core_(nullptr) {}

    explicit channel(Stream s, channel_options options = channel_options(), Codec c = Codec())
        : core_(nullptr) {
        std::size_t handles = options.handles();
        if constexpr (!Framing::counts_handles || !detail::channel_transport<Stream>::can_carry_handles) handles = 0;
        else if (handles == 0 && members_carry) handles = sys::max_message_fds;
        core_ = new state(std::move(s), std::move(options), handles, std::move(c));
    }

    channel(channel&& other) noexcept : core_(detail::exchanged(other.core_, nullptr)) {}
    channel& operator=(channel&& other) noexcept {
        if (this != &other) {
            delete core_;
            core_ = detail::exchanged(other.core_, nullptr);
        }
        return *this;
    }
    [[gnu::always_inline]] ~channel() { delete core_; }

    explicit operator bool() const noexcept { return core_ != nullptr; }

    // --- sending -----------------------------------------------------------------------------------------------------

    /// Queues a message: encodes it into the channel's buffer, from which it is written when the loop's turn ends or
    /// enough has been collected. Waits only while the high-water mark is reached, and then in the order of the calls.
    /// A large payload of raw bytes is written from where it is, and the send completes when the kernel has all of it.
    ///
    /// The value stays the caller's and has to stay in place until the send completes. Handles given after it go along:
    /// they are moved from when the message is accepted, and not before; the receiver finds them by `take_handles` or
    /// `receive_message`. Handles that are members of a named value are duplicated; `give(value)` hands them over
    /// instead.
    ///
    /// Errors: what the codec throws, `message_error` (too large, too many handles, closed), and what the system said
    /// about an earlier write. A refused message leaves no trace. Cancellation: nothing has been sent, the handles are
    /// the caller's. The one exception is a large payload of which a part is out already: the send then completes.
    /// Sources: send(2), sendmsg(2), unix(7).
    template <class T, class... H>
        requires(is_handle<H&&> && ...)
    [[nodiscard("co_await it")]] auto send(const T& value, H&&... handles) {
        return make_send(value, false, handles...);
    }

    template <class T, class... H>
        requires(is_handle<H&&> && ...)
    [[nodiscard("co_await it")]] auto send(given<T> value, H&&... handles) {
        return make_send(value.value(), true, handles...);
    }

    /// A temporary's handles are handed over. Compilers that destroy temporaries inside `co_await` twice refuse those
    /// for which that matters.
    template <class T, class... H>
        requires(!std::is_reference_v<T> && !std::is_const_v<T> && (is_handle<H&&> && ...))
    [[nodiscard("co_await it")]] auto send(T&& value, H&&... handles) {
        static_assert(
            !COHORT_GCC_BEFORE_13 || !std::is_aggregate_v<T> || std::is_trivially_destructible_v<T>,
            "GCC before 13 destroys an aggregate temporary inside co_await twice: name the value, and send the name "
            "or give(name)");
        return make_send(value, true, handles...);
    }

    /// Queues a message without waiting, whatever the mark. Returns whether there is still room below it. Errors: as
    /// with `send`, and `message_error` (queue_full) beyond the queue's limit. Must be called on the channel's loop.
    template <class T, class... H>
        requires(is_handle<H&&> && ...)
    bool post(const T& value, H&&... handles) {
        return post_value(value, false, handles...);
    }

    template <class T, class... H>
        requires(is_handle<H&&> && ...)
    bool post(given<T> value, H&&... handles) {
        return post_value(value.value(), true, handles...);
    }

    template <class T, class... H>
        requires(!std::is_reference_v<T> && !std::is_const_v<T> && (is_handle<H&&> && ...))
    bool post(T&& value, H&&... handles) {
        return post_value(value, true, handles...);
    }

    /// Completes when the kernel has taken all that was queued before. Errors: what the system said about a write.
    /// Cancellation: without effect, the writing goes on.
    [[nodiscard("co_await it")]] auto flush() noexcept { return drain(detail_drain::then::nothing, "flush"); }

    /// Flushes, and then tells the peer that nothing more comes; receiving goes on. No message can be sent any more
    /// from the call on, unless it is cancelled; senders that wait are refused at once, and stay so. A pipe is closed,
    /// and receives complete with an empty optional. Errors: what the system said about a write. Source: shutdown(2).
    [[nodiscard("co_await it")]] auto shutdown_write() noexcept {
        return drain(detail_drain::then::shut_down, "shutdown_write");
    }

    /// Flushes and closes the stream. Receives that wait complete with an empty optional. The stream is closed also
    /// where an error is thrown: what the system said about a write. Senders that wait are refused at once.
    /// Cancellation: nothing is closed; those senders stay refused.
    [[nodiscard("co_await it")]] auto close() noexcept { return drain(detail_drain::then::close, "close"); }

    /// Whether a send would complete without waiting.
    bool has_room() const noexcept { return core_->output().has_room(); }

    /// How many bytes the kernel has not taken yet; a handle counts as 1024.
    std::size_t queued() const noexcept { return core_->output().queued(); }

    // --- receiving ---------------------------------------------------------------------------------------------------

    /// Completes with the next message, or with an empty optional when the peer has closed between two messages, or
    /// this side has. Nothing is read ahead of an undelivered message, so a peer that sends faster has to wait.
    ///
    /// Errors: `message_error` for what is no message: later calls throw it again. `error` for what the system reports;
    /// where an earlier write has failed, a receive that would have to wait throws that, since the answer may never
    /// come. Cancellation: takes nothing; what has arrived stays in the channel. A view in the result is valid until
    /// the next receive. Sources: read(2), recvmsg(2), unix(7).
    template <class T = received_type>
    [[nodiscard("co_await it")]] auto receive() noexcept {
        check_received<T>();
        return detail::receive_operation<core_type, Codec, T>(*core_, core_->codec);
    }

    /// The same into an existing object, whose memory is reused; false when the peer has closed.
    template <class T>
    [[nodiscard("co_await it")]] auto receive_into(T& target) noexcept {
        check_received<T>();
        return detail::receive_into_operation<core_type, Codec, T>(*core_, core_->codec, target);
    }

    /// The same with the handles that came along.
    template <class T = received_type>
    [[nodiscard("co_await it")]] auto receive_message() noexcept {
        check_received<T>();
        return detail::receive_message_operation<core_type, Codec, T>(*core_, core_->codec);
    }

    /// The handles of the message received last that its value did not take as members. What is not taken is closed
    /// when the next message arrives.
    std::vector<handle> take_handles() {
        std::vector<handle> taken;
        for (handle& each : core_->table().incoming())
            if (each) taken.push_back(std::move(each));
        core_->table().incoming().clear();
        return taken;
    }

    /// The first of them; an empty handle if there is none.
    handle take_handle() noexcept {
        for (handle& each : core_->table().incoming())
            if (each) return std::move(each);
        return handle();
    }

    // --- about the channel -------------------------------------------------------------------------------------------

    /// The process that connected, or made the socket pair: its id, user and group, as the kernel saw them at that
    /// time. Errors: where the stream is no Unix socket. Source: unix(7), SO_PEERCRED.
    sys::peer_identity peer() const {
        const auto found = core_->peer();
        if (!found) throw error(found.error(), "peer", core_->peer_name());
        return *found;
    }

    /// Whether messages can carry handles.
    bool carries_handles() const noexcept { return core_->with_handles(); }

    /// The descriptor, or -1 when the stream has none or is closed.
    int native() const noexcept { return core_->descriptor(); }

    channel_statistics statistics() const noexcept { return core_->statistics(); }

    Codec& codec() noexcept { return core_->codec; }

private:
    using detail_drain = detail::drain_operation<core_type>;

    detail_drain drain(typename detail_drain::then what, const char* name) noexcept {
        return detail_drain(*core_, name, what);
    }

    template <class T>
    static void check_received() {
        static_assert(detail::decoder_for<Codec, T>, "the codec cannot receive this type");
        static_assert(std::is_void_v<In> || std::is_same_v<T, In>, "this channel receives messages of another type");
    }

    template <class H>
    static entry entry_of(H& h) noexcept {
        return entry(h.native(), &h,
                     [](void* object) noexcept { return handle(static_cast<H*>(object)->release()).release(); });
    }

    /// The payload, where it stands in memory as it is.
    template <class T, bool Plain>
    std::string_view payload_of([[maybe_unused]] const T& value) noexcept {
        if constexpr (Plain) return core_->codec.payload(value);
        else return std::string_view();
    }

    template <class T, class... H>
    auto make_send(const T& value, bool take, H&... handles) {
        check_message<T>();
        constexpr bool plain = detail::plain_payload<Codec, T>;
        const entry all[sizeof...(H) + 1] = {entry_of(handles)..., entry()};
        return detail::send_operation<core_type, sizeof...(H), plain>(
            *core_, detail::outgoing_message(core_->codec, value, take), payload_of<T, plain>(value), all);
    }

    template <class T, class... H>
    bool post_value(const T& value, bool take, H&... handles) {
        check_message<T>();
        constexpr bool plain = detail::plain_payload<Codec, T>;
        core_->bind_current();
        if (core_->output().queued() >= core_->options().queue_limit()) throw_full();
        const entry all[sizeof...(H) + 1] = {entry_of(handles)..., entry()};
        if (!plain || !core_->output().put_plain(payload_of<T, plain>(value), all, sizeof...(H)))
            core_->output().put(detail::outgoing_message(core_->codec, value, take), all, sizeof...(H));
        return core_->output().has_room();
    }

    [[noreturn]] COHORT_COLD void throw_full() const {
        throw message_error(message_fault::queue_full, "post", core_->peer_name(), core_->statistics().bytes_sent);
    }

    state* core_;
};

/// A channel that sends `Out` and receives `In` over a stream socket or a pair of pipes: u32 length and JSON. The other
/// side's is `channel_to<In, Out>`.
template <class Out, class In>
using channel_to = channel<stream, framing::length_prefix<>, codec::json, Out, In>;

}  // namespace cohort
