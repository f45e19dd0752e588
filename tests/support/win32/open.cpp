#include "support/open.hpp"

#include "support/win32/win32.hpp"

#include <cstdint>

namespace support {

const char* const null_shown = "ull";  // \Device\Null, and what stands for it under Wine is called null

int open_null() {
    HANDLE file = ::CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                                OPEN_EXISTING, FILE_FLAG_OVERLAPPED, nullptr);
    if (file == INVALID_HANDLE_VALUE) win32::fail("open NUL");
    return int(reinterpret_cast<std::intptr_t>(file));
}

void close_descriptor(int fd) {
    if (!::CloseHandle(reinterpret_cast<HANDLE>(std::intptr_t(fd)))) win32::fail("CloseHandle");
}

bool close_stdin() {
    HANDLE input = ::GetStdHandle(STD_INPUT_HANDLE);
    return input && input != INVALID_HANDLE_VALUE && ::CloseHandle(input);
}

}  // namespace support
