#pragma once

#include <cohort/json/error.hpp>
#include <cohort/json/work_list.hpp>

#include <cstddef>
#include <string>
#include <string_view>

// Where an error is. Nothing is tracked while reading and writing: line, column and path are found by going over the
// text once more, from its start to the offset of the failure, so that they cost nothing until something fails.

namespace cohort::json::detail {

[[gnu::cold, gnu::noinline]] inline location locate(std::string_view text, std::size_t offset) {
    std::size_t line = 1;
    std::size_t start = 0;
    for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
        if (text[i] == '\n') {
            ++line;
            start = i + 1;
        }
    }
    return location(line, offset - start + 1, offset);
}

[[gnu::cold, gnu::noinline]] inline void append_step(std::string& path, std::string_view name) {
    bool plain = !name.empty() && !(name[0] >= '0' && name[0] <= '9');
    for (char c : name) {
        const bool word =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        plain = plain && word;
    }
    constexpr std::size_t longest = 80;  // a path is for people, a hostile name must not fill a log
    const bool cut = name.size() > longest;
    if (cut) {
        name = name.substr(0, longest);
    }
    path += plain ? "." : "[\"";
    path += name;
    path += cut ? "..." : "";
    path += plain ? "" : "\"]";
}

/// `text "name"`, for messages; a long name is cut off.
[[gnu::cold, gnu::noinline]] inline std::string quoted(const char* text, std::string_view name) {
    std::string all = text;
    all += " \"";
    all += name.substr(0, 80);
    all += "\"";
    return all;
}

/// The path of the value that starts at `offset`, or of the innermost container that is open there.
/// `text` must be well formed up to `offset`.
[[gnu::cold, gnu::noinline]] inline std::string path_at(std::string_view text, std::size_t offset) {
    std::string path = "$";
    work_list open;  // first: where an array begins, null for an object; number: index; length: of the path before it
    bool name_next = false;
    for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            const std::size_t start = i + 1;
            for (++i; i < text.size() && text[i] != '"'; ++i) {
                i += text[i] == '\\' ? 1U : 0U;
            }
            if (name_next && i < offset) {
                append_step(path, text.substr(start, i - start));
                name_next = false;
            }
        } else if (c == '{' || c == '[') {
            open.push_back(c == '[' ? text.data() + i : nullptr, nullptr, 0, path.size());
            name_next = c == '{';
            path += c == '[' ? "[0]" : "";
        } else if ((c == '}' || c == ']') && !open.empty()) {
            path.erase(open.back().length);
            open.pop_back();
            name_next = false;
        } else if (c == ',' && !open.empty()) {
            work_list::entry& top = open.back();
            path.erase(top.length);
            name_next = top.first == nullptr;
            if (!name_next) {
                path += "[";
                append_number(path, ++top.number);
                path += "]";
            }
        }
    }
    return path;
}

}  // namespace cohort::json::detail
