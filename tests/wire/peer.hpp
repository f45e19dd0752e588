#pragma once
/// The other end of a channel under test, in plain system calls, and what the tests of this floor share.
#include "support/loop_driver.hpp"
#include "support/raw_handles.hpp"
#include "support/raw_io.hpp"
#include "support/test.hpp"

#include <cohort/async.hpp>
#include <cohort/io/unix_pair.hpp>
#include <cohort/sys/file.hpp>
#include <cohort/sys/memfd.hpp>
#include <cohort/wire.hpp>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace wire {

namespace co = cohort;

/// What a raw peer's channel is open for: with handles its bytes are wrapped in what the platform passes handles in.
enum class carrying { bytes, handles };

/// A connected pair: a stream for a channel, and a non-blocking descriptor for a raw peer.
class raw_pair {
public:
    explicit raw_pair(carrying what = carrying::bytes) {
        co::stream_pair both = co::unix_pair();
        near_ = std::move(both.first());
        raw_ = both.second().release();
        if (what == carrying::handles) handles_.emplace(raw_.native());
    }

    ~raw_pair() {
        // What has not been read may have handles with it, which are this process's already on some platforms.
        if (handles_ && raw_) static_cast<void>(handles_->read(1 << 20));
    }

    co::stream& near() { return near_; }
    int raw() const { return raw_.native(); }
    void close_raw() { raw_.close(); }
    co::handle release_raw() { return std::move(raw_); }

    /// Writes all of it, with the handles; there has to be room.
    void write(std::string_view text, const std::vector<int>& fds = {}) {
        if (handles_) return handles_->write(text, fds);
        REQUIRE(fds.empty());
        REQUIRE(support::raw_write(raw(), text) == static_cast<long>(text.size()));
    }

    /// What there is to read now.
    std::string read(std::size_t most = 1 << 20) {
        return handles_ ? handles_->read(most) : support::raw_read(raw(), most);
    }

private:
    co::stream near_;
    co::handle raw_;
    std::optional<support::raw_handles> handles_;
};

inline std::string frame(std::string_view payload) {
    std::string out;
    co::framing::length_prefix<>::begin(out, false);
    out += payload;
    co::framing::length_prefix<>::finish(out, 0, false, 0);
    return out;
}

/// A frame of a channel that carries handles; `count` as it stands in the header, true or not.
inline std::string frame_with(std::string_view payload, std::size_t count) {
    std::string out;
    co::framing::length_prefix<>::begin(out, true);
    out += payload;
    co::framing::length_prefix<>::finish(out, 0, true, count);
    return out;
}

/// A file in memory with a number in it.
inline co::handle numbered(int number) {
    // Without Catch's macros: peers in other processes call it as well.
    const auto made = co::sys::memfd_create("numbered");
    if (!made) throw co::error(made.error(), "make a file");
    co::handle file(*made);
    const auto written = co::sys::pwrite(file.native(), &number, sizeof number, 0);
    if (written.value_or(0) != sizeof number) throw co::error(written.error(), "write a file");
    return file;
}

/// The number in such a file, -1 if it is none.
inline int number_in(const co::handle& h) {
    int number = -1;
    if (co::sys::pread(h.native(), &number, sizeof number, 0).value_or(0) != sizeof number) return -1;
    return number;
}

inline bool is_open(int fd) { return support::raw_is_open(fd); }
inline std::size_t open_count() { return support::open_fds().size(); }

template <class T>
T run(co::task<T> main) {
    co::loop loop;
    return loop.run(std::move(main));
}

template <class F>
    requires requires(F& f) { typename decltype(f())::value_type; }
auto run(F main) {
    co::loop loop;
    return loop.run(main());
}

/// What an awaitable throws as a message_error, as text; empty if it does not.
struct caught {
    bool is_message_error = false;
    co::message_fault fault{};
    std::uint64_t offset = 0;
    std::string what;
    std::error_code code;
};

template <class Awaitable>
co::task<caught> catching(Awaitable awaitable) {
    caught result;
    try {
        static_cast<void>(co_await std::move(awaitable));
    } catch (const co::message_error& e) {
        result.is_message_error = true;
        result.fault = e.fault();
        result.offset = e.offset();
        result.what = e.what();
    } catch (const co::error& e) {
        result.what = e.what();
        result.code = e.code();
    }
    co_return result;
}

}  // namespace wire
