#pragma once
/// A kernel that says what a test tells it to: the second implementation of kqueue() and kevent(), for what the shim of
/// this folder, which is Linux underneath, never does.
#include <sys/event.h>

#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace script {

/// The kernel of a test. One at a time; without one kqueue() fails with ENOSYS.
class kernel {
public:
    kernel();
    ~kernel();
    kernel(const kernel&) = delete;
    kernel& operator=(const kernel&) = delete;

    /// The next wait gives these; as many at a time as there is room for.
    void gives(std::vector<struct kevent> events) { waits.push_back(answer{std::move(events), 0}); }
    /// The next wait fails.
    void fails(int error) { waits.push_back(answer{{}, error}); }
    /// The next addition to this filter is refused.
    void refuses(int filter, int error) { refusals.emplace(filter, error); }

    /// The changes since the last call, in their order.
    std::vector<struct kevent> changed() { return std::exchange(changes, {}); }

    /// How many calls with changes are still to be interrupted after the changes have been made.
    int interruptions = 0;
    /// Waits that nothing was told for and that had no limit.
    int endless_waits = 0;
    /// The room of the last wait.
    int room = 0;

    struct answer {
        std::vector<struct kevent> events;
        int error;
    };
    std::deque<answer> waits;
    std::multimap<int, int> refusals;
    std::vector<struct kevent> changes;
    std::map<std::pair<std::uintptr_t, int>, struct kevent> registered;
};

/// A report for what was registered last for this descriptor and filter.
struct kevent report(kernel& of, int ident, int filter, unsigned flags = 0, std::intptr_t data = 0,
                     std::uint32_t fflags = 0);

}  // namespace script
