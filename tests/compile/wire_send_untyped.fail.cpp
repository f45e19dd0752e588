// A channel without types sends what its codec can write, and says so where that is not the case.
// Error: the codec cannot send this type
// Error: the codec cannot receive this type
#include <cohort/wire.hpp>

using raw_channel = cohort::channel<cohort::stream, cohort::framing::length_prefix<>, cohort::codec::bytes>;

cohort::task<> use(raw_channel& channel) {
    const int number = 7;
    co_await channel.send(number);
    co_await channel.receive<int>();
}
