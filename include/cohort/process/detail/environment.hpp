// The environment of a child: the parent's, with a command's changes.
#pragma once

#include "../../async/detail/list.hpp"
#include "../../async/detail/text.hpp"
#include "../../sys/environment.hpp"
#include "command_data.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cohort::detail {

/// An envp for one spawn. On POSIX entries of the parent are pointed to, not copied: the environment must not be changed
/// by another thread meanwhile (as nobody may do while somebody reads it).
class environment_block {
public:
    COHORT_COLD explicit environment_block(const command_data& command) {
        const bool clear = command.clear_environment;
        for (const char* const* own = own_.entries(); own && *own; ++own) {
            if (clear && !sys::is_vital_variable(sys::variable_name(*own))) continue;
            if (inherits(*own, command.environment)) pointers_.push_back(*own);
        }
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
    const char* find(std::string_view name) const {
        for (const char* entry : pointers_)
            if (entry && sys::same_variable(sys::variable_name(entry), name) && entry[name.size()] == '=')
                return entry + name.size() + 1;
        return nullptr;
    }

private:
    static bool inherits(const char* entry, const list<environment_edit>& edits) {
        const std::string_view name = sys::variable_name(entry);
        if (name == channel_variable || name == role_variable) return false;
        for (const environment_edit& edit : edits)
            if (sys::same_variable(edit.name, name)) return false;
        return true;
    }

    static bool edited_again(const list<environment_edit>& edits, std::size_t i) {
        for (std::size_t later = i + 1; later < edits.size(); ++later)
            if (sys::same_variable(edits[later].name, edits[i].name)) return true;
        return false;
    }

    sys::environment_copy own_;
    list<std::string> made_;
    list<const char*> pointers_;
};

}  // namespace cohort::detail
