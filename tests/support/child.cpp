#include "support/child.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace support {

namespace {

// Constant-initialised, so that roles of other files may register before this file's own constructors run.
constinit child_role* roles = nullptr;
constinit main_hook* hooks = nullptr;

}  // namespace

child_role::child_role(const char* name, function run) noexcept : name_(name), run_(run), next_(roles) {
    for (child_role* other = roles; other; other = other->next_) {
        if (std::strcmp(other->name_, name) == 0) {
            std::fprintf(stderr, "two child roles are named \"%s\"\n", name);
            std::_Exit(2);
        }
    }
    roles = this;
}

main_hook::main_hook(function run) noexcept : run_(run), next_(hooks) { hooks = this; }

int run_child(int argc, char** argv) {
    for (main_hook* hook = hooks; hook; hook = hook->next_) {
        if (int code = hook->run_(argc, argv); code != -1) return code;
    }
    if (argc < 2 || std::strcmp(argv[1], "--child") != 0) return -1;
    for (child_role* role = roles; role && argc > 2; role = role->next_) {
        if (std::strcmp(role->name_, argv[2]) == 0) return role->run_(argc - 2, argv + 2);
    }
    std::fprintf(stderr, "%s: no child role \"%s\"\n", argv[0], argc > 2 ? argv[2] : "");
    return 2;
}

}  // namespace support
