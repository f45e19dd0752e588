#include "support/gated_child.hpp"

#include "support/child.hpp"
#include "support/win32/start.hpp"
#include "support/win32/win32.hpp"

#include <cstdint>
#include <cstdlib>
#include <utility>

namespace support {

namespace {

/// Ends when its standard input does.
child_role behind_gate("support-behind-gate", [](int argc, char** argv) {
    char byte;
    DWORD count = 0;
    while (::ReadFile(::GetStdHandle(STD_INPUT_HANDLE), &byte, 1, &count, nullptr) && count > 0) {}
    return argc > 1 ? std::atoi(argv[1]) : 0;
});

}  // namespace

gated_child::gated_child(int code) {
    HANDLE ends[2];
    if (!::CreatePipe(&ends[0], &ends[1], nullptr, 0)) win32::fail("CreatePipe");
    const win32::handle read(ends[0]);
    gate_ = int(reinterpret_cast<std::intptr_t>(ends[1]));
    win32::started child = win32::start(child_argv("support-behind-gate", std::to_string(code)), {}, read.get(), nullptr);
    pid_ = pid_t(child.pid);
    process_ = child.process.release();
}

gated_child::~gated_child() {
    open();
    ::CloseHandle(process_);
}

void gated_child::open() {
    if (gate_ >= 0) ::CloseHandle(reinterpret_cast<HANDLE>(std::intptr_t(gate_)));
    gate_ = -1;
}

void gated_child::await_end() { ::WaitForSingleObject(process_, INFINITE); }

void gated_child::reap() { await_end(); }

std::chrono::nanoseconds processor_time() {
    FILETIME made, ended, system, user;
    if (!::GetThreadTimes(::GetCurrentThread(), &made, &ended, &system, &user)) win32::fail("GetThreadTimes");
    std::uint64_t sum = 0;  // in tenths of a microsecond
    for (const FILETIME& time : {system, user}) sum += std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime;
    return std::chrono::nanoseconds(sum * 100);
}

}  // namespace support
