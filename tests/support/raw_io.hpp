#pragma once
/// Descriptors by the plain calls of the system: what a test does past the library and past its fault seam. None of these
/// waits.
#include <cstddef>
#include <string>
#include <string_view>

namespace support {

/// Two descriptors that are connected with one another, for a loop: non-blocking, overlapped on Windows.
struct raw_ends {
    int first = -1;
    int second = -1;
};

/// A pipe; `first` is the end that is read.
raw_ends raw_pipe();

/// Both ends are read and written: a pair of Unix stream sockets, on Windows a duplex pipe.
raw_ends raw_pair();

/// How many bytes were written, -1 if there is no room, -2 for any other error.
long raw_write(int fd, std::string_view bytes);

/// What there is to read, at most `most` bytes; empty at the end and where there is nothing. `count` tells them apart: 0
/// and -1; -2 is any other error.
std::string raw_read(int fd, std::size_t most, long* count = nullptr);

void raw_close(int fd);
bool raw_is_open(int fd);

}  // namespace support
