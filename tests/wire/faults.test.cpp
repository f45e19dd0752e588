#include "support/faults.hpp"
#include "wire/peer.hpp"

#include <string>
#include <vector>

using namespace wire;
using support::each_site;
using support::fault_case;

namespace {

struct job {
    int id;
    std::string text;
    co::handle target;
};
struct done {
    int id;
};

using up = co::channel_to<job, done>;
using down = co::channel_to<done, job>;
using text_channel = co::channel<co::stream, co::framing::length_prefix<>, co::codec::bytes>;

co::task<> work(down& channel) {
    int next = 0;
    while (auto j = co_await channel.receive()) {
        // What arrives is right or does not arrive.
        if (j->id != next) throw std::logic_error("a message was lost");
        if (j->target && number_in(j->target) != next) throw std::logic_error("a wrong handle");
        done d{next++};
        co_await channel.send(d);
    }
}

co::task<> both_ways() {
    co::stream_pair both = co::unix_pair();
    up a(std::move(both.first()), co::channel_options().name("a"));
    down b(std::move(both.second()), co::channel_options().name("b"));
    co_await co::scope([&](co::scope_ref s) -> co::task<> {
        s.spawn(work, std::ref(b));
        for (int i = 0; i < 4; ++i) {
            job j{i, "text", i % 2 ? numbered(i) : co::handle()};
            co_await a.send(j);  // duplicates
            auto d = co_await a.receive();
            if (!d) throw co::error(ECONNRESET, "receive", "a");
            if (d->id != i) throw std::logic_error("a wrong answer");
        }
        co_await a.shutdown_write();
    });
}

/// A large message and many small ones over a plain channel.
co::task<> one_way() {
    co::stream_pair both = co::unix_pair();
    text_channel a(std::move(both.first()), co::channel_options().name("a"));
    text_channel b(std::move(both.second()), co::channel_options().name("b"));
    const std::string large(300'000, 'x');
    co_await co::scope([&](co::scope_ref s) -> co::task<> {
        s.spawn([&]() -> co::task<> {
            co_await a.send("small");
            co_await a.send(large);
            co_await a.send("last");
            co_await a.close();
        });
        std::vector<std::string> got;
        while (auto m = co_await b.receive()) got.push_back(std::move(*m));
        if (got.size() != 3 || got[0] != "small" || got[1] != large || got[2] != "last")
            throw std::logic_error("messages were lost");
    });
}

#if defined(ETOOMANYREFS)
constexpr int too_many_under_way = ETOOMANYREFS;
#else  // Windows: nobody limits the handles under way, so it is like a call that is interrupted
constexpr int too_many_under_way = EINTR;
#endif

/// A registered descriptor that says EAGAIN while it has data is nothing that a kernel does.
bool can_happen(const fault_case& fault) {
    using co::sys::call;
    return !(fault.error() == EAGAIN &&
             (fault.which() == call::read || fault.which() == call::recv || fault.which() == call::recvmsg));
}

template <class Body>
std::uint64_t all_sites(Body body) {
    std::uint64_t sites = 0;
    std::vector<fault_case> faults = support::plausible_faults();
    faults.emplace_back(co::sys::call::sendmsg);
    faults.emplace_back(co::sys::call::recvmsg);
    faults.emplace_back(co::sys::call::sendmsg, too_many_under_way);
    for (const fault_case& fault : faults) {
        if (!can_happen(fault)) continue;
        const bool unnoticed = fault.harmless() || fault.error() == too_many_under_way;
        sites += each_site(fault, body, [&](const fault_case&, const std::exception_ptr& thrown) {
            if (!thrown) return;
            try {
                std::rethrow_exception(thrown);
            } catch (const co::error& e) {
                INFO(e.what());
                CHECK(!unnoticed);
                CHECK(e.code().value() == fault.error());
                CHECK(!e.operation().empty());
            } catch (const std::exception& e) {
                FAIL(e.what());
            }
        });
    }
    return sites;
}

}  // namespace

TEST_CASE("a fault at any system call of a channel with handles is an error with a name or is not noticed") {
    CHECK(all_sites([] { run(both_ways()); }) > 100);
}

TEST_CASE("a fault at any system call of a plain channel with a large message, likewise") {
    CHECK(all_sites([] { run(one_way()); }) > 40);
}

TEST_CASE("transfers of a few bytes each do not disturb anything") {
    for (const std::size_t most : {std::size_t(1), std::size_t(2), std::size_t(3), std::size_t(7)}) {
        co::sys::fault::scope faults;
        // What a channel with handles reads and writes with depends on the platform: one call of each list.
        const co::sys::call ways[2][3] = {{co::sys::call::read, co::sys::call::recv, co::sys::call::recvmsg},
                                          {co::sys::call::write, co::sys::call::send, co::sys::call::sendmsg}};
        for (const auto& way : ways)
            for (const co::sys::call c : way) co::sys::fault::short_every(c, 1, most);
        run(both_ways());
        for (const auto& way : ways) {
            std::uint64_t injected = 0;
            for (const co::sys::call c : way) injected += co::sys::fault::injected(c);
            CHECK(injected > 20);
        }
    }
}
