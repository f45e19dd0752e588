#pragma once
/// The small programs that tests run, as parts of this one: the same on every system, which has its own or none.
#include "on_loop.hpp"

#include <cohort/sys/io.hpp>
#include <cohort/sys/process.hpp>

#include <cstdlib>
#include <string_view>

namespace tools {

/// Writes all of a text, or ends the program: nobody reads it any more.
inline void put(int fd, std::string_view text) {
    while (!text.empty()) {
        const auto written = cohort::sys::write(fd, text.data(), text.size());
        if (!written) cohort::sys::exit_now(98);
        text.remove_prefix(*written);
    }
}

/// Copies its input to its output; `cat 5` ends after five bytes.
inline const support::child_role cat("cat", [](int argc, char** argv) -> int {
    std::size_t left = argc > 1 ? static_cast<std::size_t>(std::atol(argv[1])) : SIZE_MAX;
    char bytes[16384];
    while (left > 0) {
        const auto got = cohort::sys::read(0, bytes, left < sizeof bytes ? left : sizeof bytes);
        if (!got) return 1;
        if (*got == 0) break;
        put(1, std::string_view(bytes, *got));
        left -= *got;
    }
    return 0;
});

/// Does not end by itself.
inline const support::child_role sleep("sleep", [](int, char**) -> int { support::wait_for_ever(); });

/// Does not end by itself either, and says so.
inline const support::child_role ready("ready", [](int, char**) -> int {
    put(1, "ready");
    support::wait_for_ever();
});

inline const support::child_role exit("exit", [](int argc, char** argv) -> int {
    cohort::sys::exit_now(argc > 1 ? std::atoi(argv[1]) : 0);
});

/// `say OUT [ERR [CODE]]`: writes a text to each output and ends.
inline const support::child_role say("say", [](int argc, char** argv) -> int {
    if (argc > 1) put(1, argv[1]);
    if (argc > 2) put(2, argv[2]);
    return argc > 3 ? std::atoi(argv[3]) : 0;
});

}  // namespace tools

/// Whether the process has ended; it may be left for an init that does not wait for it.
inline bool has_ended(int pid) {
    const char state = support::process_state(pid);  // one look: the next may find it waited for
    return state == 0 || state == 'Z' || state == 'X';
}

/// All that there is to read, as text.
inline cohort::task<std::string> read_all(cohort::stream& from) {
    std::string all;
    for (;;) {
        std::byte bytes[4096];
        const std::size_t count = co_await from.read_some(bytes);
        if (count == 0) co_return all;
        all.append(reinterpret_cast<const char*>(bytes), count);
    }
}
