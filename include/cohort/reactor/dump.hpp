// What is pending on an executor, as text: the body of `loop::dump`.
#pragma once

#include "../async/executor.hpp"
#include "../async/operation.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

namespace cohort::detail {

inline void append_number(std::string& out, std::uint64_t number, int base = 10) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
    out.append(digits, end);
}

inline void append_coroutines(std::string& out, const promise_base* p) {
    // Roots have an owner in the place of a continuation; `on_final` tells them apart.
    for (int depth = 0; p && depth < 64; ++depth) {
        out += depth == 0 ? " in " : " < ";
#ifdef COHORT_DEBUG
        if (p->file) {
            out += p->file;
            out += ':';
            append_number(out, p->line);
        } else
#endif
        {
            out += "coroutine 0x";
            append_number(out, reinterpret_cast<std::uintptr_t>(p->handle.address()), 16);
        }
        p = p->on_final ? nullptr : p->continuation;
    }
}

inline std::string describe(const executor& exec, const char* backend, std::size_t daemons) {
    std::size_t waiting = 0;
    std::string lines;
    exec.for_each_pending([&](const operation_base& op) {
        ++waiting;
        lines += "  ";
        lines += op.name();
        if (op.descriptor() >= 0) {
            lines += " on descriptor ";
            append_number(lines, static_cast<std::uint64_t>(op.descriptor()));
        }
        append_coroutines(lines, op.waiter());
        lines += '\n';
    });
    std::string out = "loop (";
    out += backend;
    out += "): ";
    append_number(out, waiting);
    out += " waiting, ";
    append_number(out, exec.timers().size());
    out += " timers, ";
    append_number(out, daemons);
    out += exec.has_ready() ? " daemons, some coroutines ready\n" : " daemons, no coroutine ready\n";
    return out + lines;
}

}  // namespace cohort::detail
