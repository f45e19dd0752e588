#pragma once
/// Messages with handles in them, and channels for them.
#include "wire/peer.hpp"

#include <cohort/io/file.hpp>
#include <cohort/io/handle.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wire {

struct render {
    int id;
    std::string path;
    co::handle target;
};
struct done {
    int id;
    double seconds;
};
struct nested {
    std::vector<co::handle> many;
    std::optional<co::handle> maybe;
    std::map<std::string, render> by_name;
};
struct tree {
    int leaf;
    std::vector<tree> children;
};
struct tree_with_handle {
    std::vector<tree_with_handle> children;
    co::file file;
};

using json_channel = co::channel<co::stream>;

template <class A, class B = A>
struct linked {
    A a;
    B b;
    explicit linked(co::channel_options options = co::channel_options()) {
        co::stream_pair both = co::unix_pair();
        a = A(std::move(both.first()), options);
        b = B(std::move(both.second()), options);
    }
};

inline co::channel_options open() { return co::channel_options().handles(253).name("peer"); }

inline int fd_of(const co::handle& h) { return h.native(); }

}  // namespace wire
