#pragma once
// For the Windows halves of this folder only: no header of tests/support includes it.
#include <string>
#include <system_error>
#include <windows.h>

namespace support::win32 {

/// A kernel handle that is closed at the end of the scope; null where there is none.
class handle {
public:
    handle() noexcept {}
    explicit handle(HANDLE value) noexcept : value_(value == INVALID_HANDLE_VALUE ? nullptr : value) {}
    handle(handle&& other) noexcept : value_(other.value_) { other.value_ = nullptr; }
    handle& operator=(handle&& other) noexcept {
        HANDLE taken = other.value_;
        other.value_ = value_;
        value_ = taken;
        return *this;
    }
    ~handle() {
        if (value_) ::CloseHandle(value_);
    }
    HANDLE get() const noexcept { return value_; }
    explicit operator bool() const noexcept { return value_ != nullptr; }
    void close() noexcept { *this = handle(); }
    HANDLE release() noexcept {
        HANDLE given = value_;
        value_ = nullptr;
        return given;
    }

private:
    HANDLE value_ = nullptr;
};

[[noreturn]] inline void fail(const std::string& what, DWORD error = ::GetLastError()) {
    throw std::system_error(int(error), std::system_category(), what);
}

/// UTF-8 and the system's UTF-16. What is no text becomes U+FFFD.
inline std::wstring wide(const std::string& text) {
    const int size = ::MultiByteToWideChar(CP_UTF8, 0, text.data(), int(text.size()), nullptr, 0);
    std::wstring out(std::size_t(size), L'\0');
    ::MultiByteToWideChar(CP_UTF8, 0, text.data(), int(text.size()), out.data(), size);
    return out;
}

inline std::string narrow(const wchar_t* text, std::size_t length) {
    const int size = ::WideCharToMultiByte(CP_UTF8, 0, text, int(length), nullptr, 0, nullptr, nullptr);
    std::string out(std::size_t(size), '\0');
    ::WideCharToMultiByte(CP_UTF8, 0, text, int(length), out.data(), size, nullptr, nullptr);
    return out;
}

inline std::string narrow(const std::wstring& text) { return narrow(text.data(), text.size()); }

}  // namespace support::win32
