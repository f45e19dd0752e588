// The environment of a child: the parent's, with a command's changes.
#pragma once

#include "../../async/detail/list.hpp"
#include "../../async/detail/text.hpp"
#include "../../sys/process.hpp"
#include "command_data.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cohort::detail {

/// An envp for one spawn. Entries of the parent are pointed to, not copied: the environment must not be changed by
/// another thread meanwhile (as nobody may do while somebody reads it).
class environment_block {
public:
    COHORT_COLD explicit environment_block(const command_data& command) {
        if (char** own = command.clear_environment ? nullptr : sys::environment())
            for (; *own; ++own)
                if (inherits(*own, command.environment)) pointers_.push_back(*own);
        // The pointers are taken once all strings are there: growing the list moves short ones.
        made_.reserve(command.environment.size());
        for (std::size_t i = 0; i < command.environment.size(); ++i) {
            const environment_edit& edit = command.environment[i];
            if (edit.value && !edited_again(command.environment, i))
                made_.push_back(joined(edit.name, "=", *edit.value));
        }
        for (const std::string& entry : made_) pointers_.push_back(entry.c_str());
        pointers_.push_back(nullptr);
    }
    environment_block(const environment_block&) = delete;
    environment_block& operator=(const environment_block&) = delete;

    const char* const* data() const noexcept { return pointers_.data(); }

    /// The value of a variable; null if it is not set.
    const char* find(std::string_view name) const noexcept {
        for (const char* entry : pointers_)
            if (entry && name_of(entry) == name && entry[name.size()] == '=') return entry + name.size() + 1;
        return nullptr;
    }

private:
    static std::string_view name_of(const char* entry) noexcept {
        const std::string_view whole = entry;
        return whole.substr(0, whole.find('='));
    }

    static bool inherits(const char* entry, const list<environment_edit>& edits) noexcept {
        const std::string_view name = name_of(entry);
        if (name == channel_variable || name == role_variable) return false;
        for (const environment_edit& edit : edits)
            if (edit.name == name) return false;
        return true;
    }

    static bool edited_again(const list<environment_edit>& edits, std::size_t i) noexcept {
        for (std::size_t later = i + 1; later < edits.size(); ++later)
            if (edits[later].name == edits[i].name) return true;
        return false;
    }

    list<std::string> made_;
    list<const char*> pointers_;
};

}  // namespace cohort::detail
