#pragma once
/// The other end of a channel that passes handles, by hand.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// Writes and reads what a channel that is open for handles writes and reads, on one end of a raw_pair whose other end is
/// in this process. The descriptor stays the caller's.
class raw_handles {
public:
    explicit raw_handles(int fd);
    raw_handles(raw_handles&&) noexcept;
    ~raw_handles();

    /// Bytes in one piece, with copies of the descriptors, which travel with the first of them; there has to be room.
    void write(std::string_view bytes, const std::vector<int>& fds);

    /// The bytes that there are to read now; handles that come along are closed.
    std::string read(std::size_t most);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace support
