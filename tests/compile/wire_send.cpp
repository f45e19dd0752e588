// The ways of sending that have to work on every compiler.
#include <cohort/async.hpp>
#include <cohort/io/unix_pair.hpp>
#include <cohort/wire.hpp>

#include <string>
#include <vector>

namespace co = cohort;

struct render {
    int id;
    std::string path;
    co::handle target;
};
struct done {
    int id;
    double seconds;
};
using link_up = co::channel_to<render, done>;
using link_down = co::channel_to<done, render>;

co::task<int> use() {
    co::stream_pair both = co::unix_pair();
    link_up up(std::move(both.first()));
    link_down down(std::move(both.second()), co::channel_options().name("parent").high_water(1000));
    const std::string long_text = "a path that is too long for the small buffer of a string";
    render job{1, long_text, co::handle(*co::sys::dup(0))};
    co_await up.send(job);
    co_await up.send(co::give(job));
    const int mine = job.target.native();
    job.id = 3;
    co_await up.send(job, co::handle(*co::sys::dup(0)));
    up.post(render{4, long_text, co::handle(*co::sys::dup(0))});
    int sum = 0;
    for (int i = 0; i < 3; ++i) {
        auto got = co_await down.receive();
        if (!got || got->path != long_text || (got->target.native() >= 0) != (i < 2)) co_return 1;
        sum += got->id;
        co_await down.send(done{got->id, 0.5});
    }
    auto with_handle = down.take_handles();
    render reused{};
    if (!co_await down.receive_into(reused) || reused.id != 4) co_return 2;
    while (auto d = co_await up.receive())
        if (d->id == 3) break;
    auto r = co_await co::attempt(up.flush());
    if (!r) co_return 3;
    co_await up.close();
    co::channel<co::stream, co::framing::length_prefix<2, co::framing::big>, co::codec::bytes> empty;
    if (empty) co_return 4;
    co_return mine == -1 && sum == 5 && with_handle.size() == 1 ? 0 : 5;
}

int main() {
    co::loop loop;
    return loop.run(use());
}
