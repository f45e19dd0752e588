#include <cohort/sys/fault.hpp>
#include <cohort/sys/file.hpp>
#include <cohort/sys/io.hpp>
#include <cohort/sys/message.hpp>
#include <cohort/sys/socket.hpp>

#include "support/test.hpp"

#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

namespace {

struct pair_of_sockets {
    sys::socket_pair ends;
    explicit pair_of_sockets(int type = SOCK_STREAM) : ends(*sys::socketpair(type)) {}
    ~pair_of_sockets() {
        (void)sys::close(ends.first);
        (void)sys::close(ends.second);
    }
};

struct received {
    sys::outcome<std::size_t> bytes = std::size_t{0};
    std::string text;
    std::vector<int> fds;
    bool truncated = false;
    bool data_truncated = false;
    ~received() {
        for (int fd : fds) (void)sys::close(fd);
    }
};

void receive(int fd, received& into, std::size_t capacity = 300, std::size_t room = 1024) {
    std::vector<int> fds(capacity);
    std::string data(room, '\0');
    sys::io_slice slice{data.data(), data.size()};
    sys::message_in in;
    in.slices = &slice;
    in.slice_count = 1;
    in.fds = fds.data();
    in.fd_capacity = capacity;
    into.bytes = sys::recvmsg(fd, in);
    into.text = data.substr(0, std::min(into.bytes.value(), room));
    into.fds.assign(fds.begin(), fds.begin() + static_cast<std::ptrdiff_t>(in.fd_count));
    into.truncated = in.truncated;
    into.data_truncated = in.data_truncated;
}

sys::outcome<std::size_t> transmit(int fd, const std::string& text, const std::vector<int>& fds = {}) {
    sys::io_slice slice{const_cast<char*>(text.data()), text.size()};
    sys::message_out out;
    out.slices = &slice;
    out.slice_count = 1;
    out.fds = fds.data();
    out.fd_count = fds.size();
    return sys::sendmsg(fd, out);
}

ino_t identity(int fd) {
    struct stat status {};
    REQUIRE(fstat(fd, &status) == 0);
    return status.st_ino;
}

}  // namespace

TEST_CASE("descriptors travel with a message, in their order") {
    pair_of_sockets s;
    const sys::pipe_pair p = *sys::pipe();
    const std::vector<int> sent = {p.write, 0, p.read, p.write};
    CHECK(*transmit(s.ends.first, "four", sent) == 4);
    received got;
    receive(s.ends.second, got);
    CHECK(got.text == "four");
    CHECK_FALSE(got.truncated);
    REQUIRE(got.fds.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(identity(got.fds[i]) == identity(sent[i]));
        CHECK(*sys::is_close_on_exec(got.fds[i]));
    }
    CHECK(sys::write(got.fds[0], "x", 1));
    CHECK(*sys::bytes_readable(p.read) == 1);
    (void)sys::close(p.read);
    (void)sys::close(p.write);
}

TEST_CASE("a message without descriptors has none, and the end of the stream is 0") {
    pair_of_sockets s;
    CHECK(*transmit(s.ends.first, "plain") == 5);
    received got;
    receive(s.ends.second, got);
    CHECK(got.text == "plain");
    CHECK(got.fds.empty());
    CHECK_FALSE(got.truncated);
    received none;
    receive(s.ends.second, none);
    CHECK(none.bytes.would_block());
    CHECK(sys::shutdown(s.ends.first, SHUT_WR));
    received end;
    receive(s.ends.second, end);
    CHECK(end.bytes);
    CHECK(*end.bytes == 0);
    CHECK(transmit(s.ends.first, "x").error() == EPIPE);
}

TEST_CASE("253 descriptors go in one message and 254 do not") {
    pair_of_sockets s;
    CHECK(transmit(s.ends.first, "x", std::vector<int>(254, 0)).error() == E2BIG);
    CHECK(*transmit(s.ends.first, "x", std::vector<int>(253, 0)) == 1);
    received got;
    receive(s.ends.second, got);
    CHECK(got.fds.size() == 253);
    CHECK_FALSE(got.truncated);
}

TEST_CASE("descriptors stay with their bytes when reads split and sends merge") {
    pair_of_sockets s;
    CHECK(*transmit(s.ends.first, "aaaa") == 4);
    CHECK(*transmit(s.ends.first, "bbbb", {0}) == 4);
    CHECK(*transmit(s.ends.first, "cccc", {0, 1}) == 4);
    CHECK(*transmit(s.ends.first, "dddd") == 4);
    std::string all;
    std::vector<std::size_t> where;
    while (all.size() < 16) {
        received got;
        receive(s.ends.second, got, 300, 3);
        REQUIRE(got.bytes);
        // The kernel ends a read behind bytes that carried descriptors: they belong to this read's message.
        for (std::size_t i = 0; i < got.fds.size(); ++i) where.push_back((all.size() + got.text.size() - 1) / 4);
        all += got.text;
    }
    CHECK(all == "aaaabbbbccccdddd");
    REQUIRE(where.size() == 3);
    CHECK(where == std::vector<std::size_t>{1, 2, 2});
}

TEST_CASE("descriptors that do not fit are closed and reported") {
    pair_of_sockets s;
    const auto before = support::open_fds();
    {
        CHECK(*transmit(s.ends.first, "x", {0, 1, 2, 0, 1}) == 1);
        received got;
        receive(s.ends.second, got, 2);
        CHECK(got.fds.size() == 2);
        CHECK(got.truncated);
        CHECK(support::open_fds().size() == before.size() + 2);
        CHECK(*transmit(s.ends.first, "x", {0}) == 1);
        received blind;
        receive(s.ends.second, blind, 0);
        CHECK(blind.fds.empty());
        CHECK(blind.truncated);
    }
    CHECK(support::open_fds() == before);
}

TEST_CASE("a receiver without free descriptors gets what fits and a flag") {
    pair_of_sockets s;
    CHECK(*transmit(s.ends.first, "x", {0, 1, 2}) == 1);
    rlimit former{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &former) == 0);
    const int free_now = *sys::dup(0);
    rlimit low = former;
    low.rlim_cur = static_cast<rlim_t>(free_now) + 1;  // room for exactly the number just found to be free
    (void)sys::close(free_now);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
    {
        received got;
        receive(s.ends.second, got);
        REQUIRE(setrlimit(RLIMIT_NOFILE, &former) == 0);
        CHECK(got.text == "x");
        CHECK(got.truncated);
        CHECK(got.fds.size() == 1);
    }
}

#if defined(SO_PASSCRED)  // other systems send credentials only where the sender puts them into the message
TEST_CASE("credentials in front of the descriptors do not hide them") {
    pair_of_sockets s;
    const int on = 1;
    REQUIRE(setsockopt(s.ends.second, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
    CHECK(*transmit(s.ends.first, "x", std::vector<int>(253, 0)) == 1);
    received got;
    receive(s.ends.second, got);
    CHECK(got.fds.size() == 253);
    CHECK_FALSE(got.truncated);
}
#endif

TEST_CASE("several control messages are all collected, and a lying length is not followed") {
    // What no kernel sends today is laid out by hand: the walk has to hold for any.
    alignas(cmsghdr) unsigned char control[256] = {};
    const auto put = [&](std::size_t at, int type, std::size_t length, std::vector<int> values) {
        cmsghdr header{};
        header.cmsg_level = SOL_SOCKET;
        header.cmsg_type = type;
        header.cmsg_len = length;
        std::memcpy(control + at, &header, sizeof header);
        if (!values.empty()) std::memcpy(control + at + CMSG_LEN(0), values.data(), values.size() * sizeof(int));
    };
    const auto collect = [&](std::size_t length, std::size_t capacity) {
        std::vector<int> fds(capacity, -1);
        sys::message_in in;
        in.fds = fds.data();
        in.fd_capacity = capacity;
        sys::detail::collect_fds(control, length, in);
        fds.resize(in.fd_count);
        return fds;
    };
    put(0, SCM_RIGHTS, CMSG_LEN(8), {1001, 1002});
    std::size_t end = CMSG_SPACE(8);
    put(end, SCM_RIGHTS + 1, CMSG_LEN(12), {1, 2, 3});
    end += CMSG_SPACE(12);
    put(end, SCM_RIGHTS, CMSG_LEN(4), {1003});
    const std::size_t last = end;
    end += CMSG_SPACE(4);
    CHECK(collect(end, 10) == std::vector<int>{1001, 1002, 1003});
    CHECK(collect(last + CMSG_LEN(4), 10) == std::vector<int>{1001, 1002, 1003});  // no padding behind the last
    CHECK(collect(last + CMSG_LEN(4) - 1, 10) == std::vector<int>{1001, 1002});
    CHECK(collect(last + 3, 10) == std::vector<int>{1001, 1002});
    CHECK(collect(0, 10).empty());
    for (const std::size_t lie : {std::size_t{0}, std::size_t{1}, CMSG_LEN(0) - 1, end - last + 1, SIZE_MAX}) {
        put(last, SCM_RIGHTS, lie, {1003});
        CHECK(collect(end, 10) == std::vector<int>{1001, 1002});
    }
}

TEST_CASE("a datagram that is too long says so, and its sender is known") {
    pair_of_sockets s(SOCK_DGRAM);
    CHECK(*transmit(s.ends.first, "datagram") == 8);
    received got;
    receive(s.ends.second, got, 0, 4);
    CHECK(got.text == "data");
    CHECK(got.data_truncated);

    support::temp_dir dir;
    const int a = *sys::socket(AF_UNIX, SOCK_DGRAM), b = *sys::socket(AF_UNIX, SOCK_DGRAM);
    const auto address_a = *sys::socket_address::unix_path(dir / "a");
    const auto address_b = *sys::socket_address::unix_path(dir / "b");
    REQUIRE(sys::bind(a, address_a));
    REQUIRE(sys::bind(b, address_b));
    char text[] = "to", back[8];
    sys::io_slice slice{text, 2}, target{back, 8};
    sys::message_out out;
    out.slices = &slice;
    out.slice_count = 1;
    out.to = &address_b;
    CHECK(*sys::sendmsg(a, out) == 2);
    sys::message_in in;
    in.slices = &target;
    in.slice_count = 1;
    sys::socket_address from;
    CHECK(*sys::recvmsg(b, in, 0, &from) == 2);
    CHECK(from.unix_name() == address_a.unix_name());
    (void)sys::close(a);
    (void)sys::close(b);
}

TEST_CASE("messages under the seam: interrupted, short, failing") {
    pair_of_sockets s;
    fault::scope plan;
    fault::fail(sys::call::sendmsg, 1, EINTR);
    fault::short_count(sys::call::sendmsg, 2, 2);
    CHECK(*transmit(s.ends.first, "abcd", {0}) == 2);
    CHECK(*transmit(s.ends.first, "cd") == 2);
    fault::fail(sys::call::recvmsg, 1, EINTR);
    fault::short_count(sys::call::recvmsg, 2, 1);
    {
        received got;
        receive(s.ends.second, got);
        CHECK(got.text == "a");
        CHECK(got.fds.size() == 1);
    }
    received rest;
    receive(s.ends.second, rest);
    CHECK((rest.text == "b" || rest.text == "bcd"));
    fault::fail(sys::call::recvmsg, 1, ENOMEM);
    received none;
    receive(s.ends.second, none);
    CHECK(none.bytes.error() == ENOMEM);
    fault::fail(sys::call::sendmsg, 1, ETOOMANYREFS);
    CHECK(transmit(s.ends.first, "x", {0}).error() == ETOOMANYREFS);
    CHECK(transmit(-1, "x").error() == EBADF);
}
