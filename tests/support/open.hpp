#pragma once

namespace support {

/// A new descriptor of the system's null device ("/dev/null", "NUL"), without use of the library under test.
int open_null();

/// How open_fds() shows it, or the end of that.
extern const char* const null_shown;

void close_descriptor(int fd);

/// Closes the standard input of this process; whether there was one.
bool close_stdin();

}  // namespace support
