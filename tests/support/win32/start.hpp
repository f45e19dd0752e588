#pragma once
// For the Windows halves of this folder only.
#include "support/win32/win32.hpp"

#include <string>
#include <vector>

namespace support::win32 {

class started {
public:
    handle process;
    DWORD pid = 0;
};

/// Starts a program with `input` as stdin and `output` as stdout and stderr; null stands for this process's own.
started start(const std::vector<std::string>& argv, const std::vector<std::string>& environment, HANDLE input,
              HANDLE output);

}  // namespace support::win32
