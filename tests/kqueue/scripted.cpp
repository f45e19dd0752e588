#include "kqueue/scripted.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

namespace {

script::kernel* current = nullptr;

int apply(script::kernel& k, const struct kevent& change) {
    k.changes.push_back(change);
    const std::pair<std::uintptr_t, int> key(change.ident, change.filter);
    if (change.flags & EV_ADD) {
        if (const auto refusal = k.refusals.find(change.filter); refusal != k.refusals.end()) {
            const int error = refusal->second;
            k.refusals.erase(refusal);
            return error;
        }
        const bool anew = k.registered.find(key) == k.registered.end();
        struct kevent& entry = k.registered[key];
        if (anew) entry = change;
        // What is there already keeps its EV_CLEAR, as in the kernels.
        entry.udata = change.udata;
        entry.fflags = change.fflags;
        return 0;
    }
    if (k.registered.find(key) == k.registered.end()) return ENOENT;
    if (change.flags & EV_DELETE) k.registered.erase(key);
    return 0;
}

}  // namespace

namespace script {

kernel::kernel() { current = this; }
kernel::~kernel() { current = nullptr; }

struct kevent report(kernel& of, int ident, int filter, unsigned flags, std::intptr_t data, std::uint32_t fflags) {
    struct kevent event = of.registered.at({static_cast<std::uintptr_t>(ident), filter});
    event.flags = static_cast<std::uint16_t>((event.flags & EV_CLEAR) | flags);
    event.data = data;
    event.fflags = fflags;
    return event;
}

}  // namespace script

extern "C" int kqueue() {
    errno = ENOSYS;
    return current ? ::open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
}

extern "C" int kevent(int, const struct kevent* changes, int change_count, struct kevent* events, int event_count,
                      const timespec* timeout) {
    script::kernel& k = *current;
    if (change_count > 0) {
        std::vector<struct kevent> answers;
        for (int i = 0; i < change_count; ++i) {
            struct kevent answer = changes[i];
            answer.data = apply(k, changes[i]);
            answer.flags = EV_ERROR;
            if (answer.data != 0 || (changes[i].flags & EV_RECEIPT)) answers.push_back(answer);
        }
        if (k.interruptions > 0) {
            --k.interruptions;
            errno = EINTR;
            return -1;
        }
        if (static_cast<int>(answers.size()) > event_count) throw std::logic_error("no room for the answers to changes");
        std::copy(answers.begin(), answers.end(), events);
        return static_cast<int>(answers.size());
    }
    k.room = event_count;
    if (k.waits.empty()) {
        if (!timeout) ++k.endless_waits;
        return 0;
    }
    script::kernel::answer& next = k.waits.front();
    if (next.error != 0) {
        errno = next.error;
        k.waits.pop_front();
        return -1;
    }
    const auto count = std::min(next.events.size(), static_cast<std::size_t>(event_count));
    std::copy_n(next.events.begin(), count, events);
    next.events.erase(next.events.begin(), next.events.begin() + static_cast<std::ptrdiff_t>(count));
    if (next.events.empty()) k.waits.pop_front();
    return static_cast<int>(count);
}
