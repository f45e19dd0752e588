// Where a program may be: the search of PATH, done before there is a child.
#pragma once

#include "../../async/detail/list.hpp"
#include "../../async/detail/text.hpp"
#include "../../sys/path.hpp"
#include "../../sys/platform.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cohort::detail {

/// The paths to try, in order: the name itself if it says where the program is, else the name in each directory of
/// `path` (the child's PATH; null: the system's usual one). `endings` is the child's list of how names of programs end,
/// where there is one. Which of them can be executed is for the kernel to say.
class program_candidates {
public:
    COHORT_COLD program_candidates(std::string_view name, const char* path, const char* endings,
                                   std::string_view fallback) {
        if (sys::names_place(name)) {
            sys::spellings(name, endings, [&](std::string_view one) { paths_.push_back(std::string(one)); });
        } else {
            const std::string usual = path ? std::string() : sys::usual_path();
            std::string_view rest = path ? path : usual.c_str();
            for (;;) {
                const std::size_t end = rest.find(sys::path_list_separator);
                const std::string_view directory = sys::path_list_entry(rest.substr(0, end));
                if (!directory.empty())
                    sys::spellings(name, endings,
                                   [&](std::string_view one) { paths_.push_back(joined(directory, "/", one)); });
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
