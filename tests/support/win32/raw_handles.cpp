#include "support/raw_handles.hpp"

#include "support/raw_io.hpp"

#include <cohort/wire/detail/overlapped/segment.hpp>

#include <cstring>
#include <stdexcept>

namespace support {

using cohort::detail::segment_head;
using cohort::detail::segment_reader;

struct raw_handles::state {
    explicit state(int descriptor) : fd(descriptor) {
        writer.peer_is(::GetCurrentProcessId());
        if (writer.open_receiver() != 0) throw std::runtime_error("this process cannot be opened");
        writer.put_head(segment_head::hello, ::GetCurrentProcessId());
        send();
    }

    void send() {
        const std::string_view all(writer.data(), writer.size());
        if (raw_write(fd, all) != static_cast<long>(all.size())) throw std::runtime_error("no room in the pipe");
        writer.clear();
    }

    int fd;
    cohort::detail::segment_writer writer;
    segment_reader reader;
    bool greeted = false;
};

raw_handles::raw_handles(int fd) : state_(new state(fd)) {}
raw_handles::raw_handles(raw_handles&&) noexcept = default;
raw_handles::~raw_handles() = default;

void raw_handles::write(std::string_view bytes, const std::vector<int>& fds) {
    const cohort::sys::io_slice piece{const_cast<char*>(bytes.data()), bytes.size()};
    if (!state_->writer.put_segment(&piece, 1, fds.data(), fds.size())) throw std::runtime_error("handles do not pass");
    state_->send();
}

std::string raw_handles::read(std::size_t most) {
    std::string all;
    char bytes[4096];
    int fds[cohort::sys::max_message_fds];
    while (all.size() < most) {
        const std::size_t wanted = most - all.size() < sizeof bytes ? most - all.size() : sizeof bytes;
        switch (state_->reader.take(bytes, wanted, fds, state_->greeted)) {
        case segment_reader::found::bytes:
            all.append(bytes, state_->reader.taken());
            for (std::size_t i = 0; i < state_->reader.fd_count(); ++i) raw_close(fds[i]);
            continue;
        case segment_reader::found::hello: state_->greeted = true; continue;
        case segment_reader::found::nothing: break;
        case segment_reader::found::end:
        case segment_reader::found::nonsense: return all;
        }
        char* const room = state_->reader.room();
        const std::string more = raw_read(state_->fd, state_->reader.room_size());
        if (more.empty()) break;
        std::memcpy(room, more.data(), more.size());
        state_->reader.filled(more.size());
    }
    return all;
}

}  // namespace support
