/// @file
/// The arguments of this program in UTF-8.
#pragma once

#include "command_line.hpp"
#include "windows.hpp"

#include <cstddef>
#include <cstring>
#include <string>

namespace cohort::sys {

/// What main was given, in UTF-8. The C library gives main the arguments in the system's code page, with question marks
/// for what that lacks; so those that are on the process's line are taken from there. A main may have taken off some of
/// the first, or hand over others of its own, which are left as they are.
class program_arguments {
public:
    COHORT_COLD program_arguments(int argc, char** argv) : count_(argc), values_(argv) {
        std::string own;
        std::size_t total = 0;
        split_command_line(::GetCommandLineW(), [&](const std::string& word) {
            own.append(word.c_str(), word.size() + 1);
            ++total;
        });
        if (argc <= 0 || static_cast<std::size_t>(argc) > total) return;
        // The first is the name of the program; the others are the line's last.
        const char* at = own.c_str();
        const std::size_t skipped = total - static_cast<std::size_t>(argc);
        const char* first = at;
        for (std::size_t i = 0; i < skipped + 1; ++i) at += std::strlen(at) + 1;
        if (skipped > 0) first = argv[0];
        const char* one = at;
        for (int i = 1; i < argc; ++i) {
            if (!is_written(one, argv[i])) return;
            one += std::strlen(one) + 1;
        }
        text_.append(first, std::strlen(first) + 1).append(at, static_cast<std::size_t>(one - at));
        own_ = new char*[static_cast<std::size_t>(argc) + 1];
        char* to = text_.data();
        for (int i = 0; i < argc; ++i) {
            own_[i] = to;
            to += std::strlen(to) + 1;
        }
        own_[argc] = nullptr;
        values_ = own_;
    }
    program_arguments(const program_arguments&) = delete;
    program_arguments& operator=(const program_arguments&) = delete;
    COHORT_COLD ~program_arguments() { delete[] own_; }

    int count() const noexcept { return count_; }
    char** values() const noexcept { return values_; }

private:
    /// Whether `given` is the word in UTF-8 or in the system's code page.
    COHORT_COLD static bool is_written(const char* word, const char* given) {
        if (std::strcmp(word, given) == 0) return true;
        const std::wstring text = wide(word);
        const int size = static_cast<int>(text.size()) + 1;
        const int needed = ::WideCharToMultiByte(CP_ACP, 0, text.c_str(), size, nullptr, 0, nullptr, nullptr);
        if (needed <= 0) return false;
        std::string bytes(static_cast<std::size_t>(needed), '\0');
        ::WideCharToMultiByte(CP_ACP, 0, text.c_str(), size, bytes.data(), needed, nullptr, nullptr);
        return std::strcmp(bytes.c_str(), given) == 0;
    }

    int count_;
    char** values_;
    char** own_ = nullptr;
    std::string text_;
};

}  // namespace cohort::sys
