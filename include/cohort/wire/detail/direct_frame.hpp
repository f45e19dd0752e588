// A frame that is written from where its payload stands, without a copy: the header and what has gone of it.
#pragma once

#include "../../sys/io.hpp"

#include <cstddef>
#include <string_view>

namespace cohort::detail {

/// The payload belongs to the sender and stays in place while the frame is written.
class direct_frame {
public:
    static constexpr std::size_t longest_header = 32;

    direct_frame() noexcept {}
    direct_frame(const direct_frame&) = delete;
    direct_frame& operator=(const direct_frame&) = delete;

    /// Where the header is to be written before `begin`.
    char* header() noexcept { return header_; }

    void begin(std::size_t header_size, std::string_view payload) noexcept {
        payload_ = payload;
        header_size_ = header_size;
        sent_ = 0;
    }

    std::size_t size() const noexcept { return header_size_ + payload_.size(); }
    bool untouched() const noexcept { return sent_ == 0; }

    /// `count` more bytes have gone. Whether that was the last of them.
    bool went(std::size_t count) noexcept {
        sent_ += count;
        return sent_ == size();
    }

    /// What is left to write: fills the slices in and says how many there are.
    std::size_t rest(sys::io_slice (&slices)[2]) noexcept {
        const std::size_t skip = sent_ > header_size_ ? sent_ - header_size_ : 0;
        const sys::io_slice payload{const_cast<char*>(payload_.data()) + skip, payload_.size() - skip};
        if (sent_ >= header_size_) {
            slices[0] = payload;
            return 1;
        }
        slices[0] = sys::io_slice{header_ + sent_, header_size_ - sent_};
        slices[1] = payload;
        return 2;
    }

private:
    std::string_view payload_;
    std::size_t header_size_ = 0;
    std::size_t sent_ = 0;
    char header_[longest_header];
};

}  // namespace cohort::detail
