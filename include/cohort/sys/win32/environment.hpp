/// @file
/// The environment: names without regard to case, values in UTF-8.
#pragma once

#include "process.hpp"
#include "text.hpp"

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

namespace cohort::sys {

/// The environment of this process as it was when the object was made: a null-terminated array of `NAME=value`.
/// GetEnvironmentStringsW.
class environment_copy {
public:
    COHORT_COLD environment_copy() {
        wchar_t* const block = ::GetEnvironmentStringsW();
        if (!block) return;
        try {
            std::size_t count = 0;
            for (const wchar_t* at = block; *at; ++count) {
                const std::wstring_view entry = at;
                text_ += narrow(entry);
                text_ += '\0';
                at += entry.size() + 1;
            }
            entries_ = new const char*[count + 1];
            const char* at = text_.c_str();
            for (std::size_t i = 0; i < count; ++i) {
                entries_[i] = at;
                at += std::string_view(at).size() + 1;
            }
            entries_[count] = nullptr;
        } catch (...) {
            ::FreeEnvironmentStringsW(block);
            throw;
        }
        ::FreeEnvironmentStringsW(block);
    }
    environment_copy(const environment_copy&) = delete;
    environment_copy& operator=(const environment_copy&) = delete;
    COHORT_COLD ~environment_copy() { delete[] entries_; }

    /// Null where the system gave none.
    const char* const* entries() const noexcept { return entries_; }

private:
    std::string text_;
    const char** entries_ = nullptr;
};

/// The name of an entry `NAME=value`. The system's own notes, such as each drive's directory, have names that begin with
/// an equals sign.
inline std::string_view variable_name(std::string_view entry) noexcept {
    return entry.substr(0, entry.find('=', entry.empty() ? 0 : 1));
}

/// Whether two names are those of one variable. CompareStringOrdinal.
COHORT_COLD inline bool same_variable(std::string_view a, std::string_view b) {
    if (a == b) return true;
    const std::wstring left = wide(a);
    const std::wstring right = wide(b);
    return ::CompareStringOrdinal(left.data(), static_cast<int>(left.size()), right.data(),
                                  static_cast<int>(right.size()), TRUE) == CSTR_EQUAL;
}

/// Whether a process is given the variable even if it is to be given none: without SystemRoot there are no sockets, as
/// Winsock finds its libraries by it.
inline bool is_vital_variable(std::string_view name) { return same_variable(name, "SystemRoot"); }

/// Takes a variable out of the environment and gives its value; empty where there is none. GetEnvironmentVariableW.
COHORT_COLD inline std::string take_variable(std::string_view name) {
    const std::wstring key = wide(name);
    std::wstring value;
    const outcome<> asked = detail::ask_text(
        value, [&](wchar_t* to, ::DWORD room) { return ::GetEnvironmentVariableW(key.c_str(), to, room); });
    if (!asked) return std::string();
    // The C library has a copy, which getenv reads: without a value the variable goes from there as well.
    static_cast<void>(::_wputenv((key + L'=').c_str()));
    ::SetEnvironmentVariableW(key.c_str(), nullptr);
    return narrow(value);
}

namespace detail {

/// An environment as CreateProcessW takes it: in order of the names, each with a zero, and a zero at the end.
COHORT_COLD inline std::wstring environment_text(const char* const* entries) {
    std::size_t count = 0;
    while (entries && entries[count]) ++count;
    std::wstring* const texts = count > 0 ? new std::wstring[count] : nullptr;
    std::wstring block;
    const auto name = [](const std::wstring& entry) {
        return std::wstring_view(entry).substr(0, entry.find(L'=', entry.empty() ? 0 : 1));
    };
    const auto after = [&](const std::wstring& a, const std::wstring& b) {
        const std::wstring_view left = name(a);
        const std::wstring_view right = name(b);
        return ::CompareStringOrdinal(left.data(), static_cast<int>(left.size()), right.data(),
                                      static_cast<int>(right.size()), TRUE) == CSTR_GREATER_THAN;
    };
    try {
        for (std::size_t i = 0; i < count; ++i) {
            std::wstring entry = wide(entries[i]);
            std::size_t at = i;
            for (; at > 0 && after(texts[at - 1], entry); --at) texts[at] = std::move(texts[at - 1]);
            texts[at] = std::move(entry);
        }
        for (std::size_t i = 0; i < count; ++i) block.append(texts[i].c_str(), texts[i].size() + 1);
    } catch (...) {
        delete[] texts;
        throw;
    }
    delete[] texts;
    // An empty block is two zeros.
    if (block.empty()) block += L'\0';
    block += L'\0';
    return block;
}

}  // namespace detail
}  // namespace cohort::sys
