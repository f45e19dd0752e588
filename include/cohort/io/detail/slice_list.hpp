// The pieces of a vectored transfer.
#pragma once

#include "../../sys/io.hpp"

#include <cstddef>
#include <span>

namespace cohort::detail {

/// The pieces of a vectored transfer, kept in the operation: the caller's list of spans may go at once. Takes what
/// fits; the transfer is then of these pieces, which is what "some" allows.
class slice_list {
public:
    static constexpr std::size_t most = 16;

    template <class Byte>
    explicit slice_list(std::span<const std::span<Byte>> pieces) noexcept {
        for (const auto& piece : pieces) {
            if (piece.empty()) continue;
            if (count_ == most) break;
            // What is written is only read: iovec has one type for both.
            slices_[count_].iov_base = const_cast<std::byte*>(static_cast<const std::byte*>(piece.data()));
            slices_[count_].iov_len = piece.size();
            ++count_;
        }
    }

    sys::io_slice* data() noexcept { return slices_; }
    std::size_t count() const noexcept { return count_; }

private:
    sys::io_slice slices_[most];
    std::size_t count_ = 0;
};

}  // namespace cohort::detail
