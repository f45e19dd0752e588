// Where a program may be: the search of PATH, done before there is a child.
#pragma once

#include "../../async/detail/list.hpp"
#include "../../async/detail/text.hpp"
#include "../../sys/platform.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cohort::detail {

/// The paths to try, in order: the name itself if it has a slash, else the name in each directory of `path` (the
/// child's PATH; null: the system's usual one). An empty directory is the current one, as POSIX has it. Which of them
/// can be executed is for the kernel to say.
class program_candidates {
public:
    COHORT_COLD program_candidates(std::string_view name, const char* path, std::string_view fallback) {
        if (name.find('/') != std::string_view::npos) {
            paths_.push_back(std::string(name));
        } else {
            std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
            for (;;) {
                const std::size_t end = rest.find(':');
                const std::string_view directory = rest.substr(0, end);
                paths_.push_back(joined(directory.empty() ? std::string_view(".") : directory, "/", name));
                if (end == std::string_view::npos) break;
                rest.remove_prefix(end + 1);
            }
        }
        if (!fallback.empty()) paths_.push_back(std::string(fallback));
        for (const std::string& one : paths_) pointers_.push_back(one.c_str());
    }
    program_candidates(const program_candidates&) = delete;
    program_candidates& operator=(const program_candidates&) = delete;

    const char* const* data() const noexcept { return pointers_.data(); }
    [[gnu::always_inline]] std::size_t size() const noexcept { return pointers_.size(); }

private:
    list<std::string> paths_;
    list<const char*> pointers_;
};

}  // namespace cohort::detail
