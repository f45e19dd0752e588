/// @file
/// The environment.
#pragma once

#include "../platform.hpp"
#include "process.hpp"

#include <string>
#include <string_view>

namespace cohort::sys {

/// The environment of this process, for one who only reads it: a null-terminated array of `NAME=value`. Not a copy; it
/// must not be changed by another thread meanwhile (as nobody may do while somebody reads it). environ(7).
class environment_copy {
public:
    /// Null after clearenv.
    const char* const* entries() const noexcept { return entries_; }

private:
    const char* const* entries_ = environment();
};

/// The name of an entry `NAME=value`.
inline std::string_view variable_name(std::string_view entry) noexcept { return entry.substr(0, entry.find('=')); }

/// Whether two names are those of one variable.
inline bool same_variable(std::string_view a, std::string_view b) noexcept { return a == b; }

/// Whether a process is given the variable even if it is to be given none.
constexpr bool is_vital_variable(std::string_view) noexcept { return false; }

/// Takes all entries of a name out of the environment, as unsetenv(3) does, and gives the value of the first; empty
/// where there is none.
COHORT_COLD inline std::string take_variable(std::string_view name) {
    std::string value;
    char** to = environment();
    if (!to) return value;
    bool found = false;
    for (char** from = to; *from; ++from) {
        const std::string_view entry = *from;
        if (entry.size() > name.size() && entry[name.size()] == '=' && entry.substr(0, name.size()) == name) {
            if (!found) value = entry.substr(name.size() + 1);
            found = true;
        } else {
            *to++ = *from;
        }
    }
    *to = nullptr;
    return value;
}

}  // namespace cohort::sys
