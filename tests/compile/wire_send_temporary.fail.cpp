// GCC before 13 destroys an aggregate temporary inside co_await twice; send refuses it there.
// Requires: COHORT_GCC_BEFORE_13
// Error: GCC before 13 destroys an aggregate temporary inside co_await twice
#include <cohort/wire.hpp>

#include <string>

struct render {
    int id;
    std::string path;
};
struct done {
    int id;
};

cohort::task<> use(cohort::channel_to<render, done>& channel) {
    co_await channel.send(render{1, "a path that is too long for the small buffer"});
}
