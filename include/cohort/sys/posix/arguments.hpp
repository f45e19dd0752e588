/// @file
/// The arguments of this program.
#pragma once

namespace cohort::sys {

/// What main was given.
class program_arguments {
public:
    program_arguments(int argc, char** argv) noexcept : count_(argc), values_(argv) {}
    int count() const noexcept { return count_; }
    char** values() const noexcept { return values_; }

private:
    int count_;
    char** values_;
};

}  // namespace cohort::sys
