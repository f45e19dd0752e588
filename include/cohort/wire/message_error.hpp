// What is wrong with a message, as opposed to what the system reports about a descriptor.
#pragma once

#include "../async/detail/text.hpp"
#include "../async/error.hpp"
#include "../sys/platform.hpp"

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>

namespace cohort {

/// Why a channel refused a message or a peer's bytes.
enum class message_fault {
    malformed = 1,       ///< the payload is not what the codec reads
    too_large,           ///< a frame above the limit, or above what its framing can tell
    bad_frame,           ///< bytes that are no frame
    cut_off,             ///< the peer closed in the middle of a frame
    wrong_handle_count,  ///< the descriptors that came are not those that the frames tell
    handles_lost,        ///< the kernel could not deliver descriptors: this process has no more room for them
    too_many_handles,    ///< more handles in one message than the channel allows
    closed,              ///< the channel was closed or shut down for writing by this side
    queue_full,          ///< `post` beyond the queue's limit
    busy,                ///< an operation that allows no second one was already in flight
};

namespace detail {

class message_category_type final : public std::error_category {
public:
    const char* name() const noexcept override { return "cohort.message"; }
    COHORT_COLD std::string message(int code) const override {
        switch (static_cast<message_fault>(code)) {
        case message_fault::malformed: return "malformed message";
        case message_fault::too_large: return "message too large";
        case message_fault::bad_frame: return "malformed frame";
        case message_fault::cut_off: return "closed in the middle of a frame";
        case message_fault::wrong_handle_count: return "wrong number of handles";
        case message_fault::handles_lost: return "handles were lost";
        case message_fault::too_many_handles: return "too many handles";
        case message_fault::closed: return "the channel is closed";
        case message_fault::queue_full: return "the output queue is full";
        case message_fault::busy: return "another operation is in flight";
        }
        return "unknown fault";
    }
};

}  // namespace detail

/// The category of `message_fault`.
inline const std::error_category& message_category() noexcept {
    static const detail::message_category_type instance;
    return instance;
}

/// Lets `message_fault` convert to std::error_code.
inline std::error_code make_error_code(message_fault fault) noexcept {
    return std::error_code(static_cast<int>(fault), message_category());
}

/// A message that could not be sent or received as such. `what()` reads
/// `receive "pid 4711", byte 130: malformed message: json: line 1, column 8 (offset 7): $.id: expected a number`.
///
/// Thrown by `receive` it means that the channel can give no further messages: later calls throw the same error again.
class message_error : public error {
public:
    COHORT_COLD
    message_error(message_fault fault, std::string_view operation, std::string_view peer, std::uint64_t offset,
                  std::string_view detail = {})
        : error(make_error_code(fault), operation, peer, detail::joined(", byte ", detail::decimal(offset)), detail),
          offset_(offset) {}

    /// The place in the stream of bytes of this direction, counted from the channel's beginning: that of the offending
    /// byte where it is known, else that of its frame.
    std::uint64_t offset() const noexcept { return offset_; }

    message_fault fault() const noexcept { return static_cast<message_fault>(code().value()); }

private:
    std::uint64_t offset_;
};

namespace detail {

/// Throws what a channel has failed with, anew each time: whoever catches it may attach the failures of others to it,
/// and what several coroutines are told must not become one object that refers to itself.
[[noreturn]] COHORT_COLD inline void throw_again(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const message_error& e) {
        throw message_error(e);
    } catch (const error& e) {
        throw error(e);
    }
}

}  // namespace detail

}  // namespace cohort

template <>
struct std::is_error_code_enum<cohort::message_fault> : std::true_type {};
