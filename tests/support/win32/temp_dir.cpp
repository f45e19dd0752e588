#include "support/temp_dir.hpp"

#include "support/environment.hpp"
#include "support/wait.hpp"
#include "support/win32/win32.hpp"

#include <atomic>
#include <filesystem>

namespace support {

namespace {

/// Opened so that others may read, write, rename and remove the file meanwhile, as on other systems.
win32::handle open(const std::string& path, DWORD access, DWORD disposition) {
    win32::handle file(::CreateFileW(win32::wide(path).c_str(), access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                     nullptr, disposition, FILE_ATTRIBUTE_NORMAL, nullptr));
    if (!file) win32::fail("open " + path);
    return file;
}

}  // namespace

temp_dir::temp_dir() {
    std::string base = environment("TMPDIR");
    if (base.empty()) {
        wchar_t folder[MAX_PATH + 1];
        const DWORD length = ::GetTempPathW(MAX_PATH + 1, folder);
        if (length == 0) win32::fail("GetTempPathW");
        base = win32::narrow(folder, length - 1);  // without the backslash at its end
    }
    for (char& c : base) {
        if (c == '\\') c = '/';
    }
    static std::atomic<unsigned> made{0};
    do {
        path_ = base + "/cohort-" + std::to_string(::GetCurrentProcessId()) + "-" + std::to_string(++made);
        if (::CreateDirectoryW(win32::wide(path_).c_str(), nullptr)) return;
    } while (::GetLastError() == ERROR_ALREADY_EXISTS);  // of a process of that id, long ago
    win32::fail("CreateDirectoryW " + path_);
}

temp_dir::~temp_dir() {
    // A process that has ended may hold its files a moment longer under Wine. What is left shows in the leak check, by name.
    eventually(
        [&] {
            std::error_code failed;
            std::filesystem::remove_all(win32::wide(path_), failed);
            return !failed && !std::filesystem::exists(win32::wide(path_), failed);
        },
        std::chrono::seconds(2));
}

void write_file(const std::string& path, const std::string& content) {
    const win32::handle file = open(path, GENERIC_WRITE, CREATE_ALWAYS);
    for (std::size_t done = 0; done < content.size();) {
        DWORD count = 0;
        if (!::WriteFile(file.get(), content.data() + done, DWORD(content.size() - done), &count, nullptr)) {
            win32::fail("write " + path);
        }
        done += count;
    }
}

std::string read_file(const std::string& path) {
    const win32::handle file = open(path, GENERIC_READ, OPEN_EXISTING);
    std::string content;
    char buffer[4096];
    for (;;) {
        DWORD count = 0;
        if (!::ReadFile(file.get(), buffer, sizeof buffer, &count, nullptr)) win32::fail("read " + path);
        if (count == 0) return content;
        content.append(buffer, count);
    }
}

}  // namespace support
