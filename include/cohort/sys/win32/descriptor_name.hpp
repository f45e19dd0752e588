/// @file
/// What a descriptor is, by name: for error messages.
#pragma once

#include "../platform.hpp"
#include "io.hpp"
#include "text.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace cohort::sys {

/// Writes the path of an open file in UTF-8, zero-terminated, and gives its length. ERANGE: the buffer is too small;
/// ENOTSUP: it is no file. GetFinalPathNameByHandleW.
COHORT_COLD inline outcome<std::size_t> descriptor_name(int fd, char* buffer, std::size_t size) noexcept {
    return detail::once<call::readlink, std::size_t>([&]() -> outcome<std::size_t> {
        const ::HANDLE handle = handle_of(fd);
        // Asking a pipe for its name waits until nobody reads it.
        if (is_socket(fd) || ::GetFileType(handle) != FILE_TYPE_DISK) return failure(ENOTSUP);
        wchar_t path[1024];
        constexpr ::DWORD room = sizeof path / sizeof *path;
        const ::DWORD length = ::GetFinalPathNameByHandleW(handle, path, room, FILE_NAME_NORMALIZED);
        if (length == 0) return failure(last_error());
        if (length >= room) return failure(ERANGE);
        try {
            std::wstring_view name(path, length);
            if (name.starts_with(L"\\\\?\\") && !name.starts_with(L"\\\\?\\UNC\\")) name.remove_prefix(4);
            const std::string text = narrow(name);
            if (text.size() >= size) return failure(ERANGE);
            std::memcpy(buffer, text.c_str(), text.size() + 1);
            return text.size();
        } catch (...) {
            return failure(ENOMEM);
        }
    });
}

}  // namespace cohort::sys
