#include "on_loop.hpp"

#include <cohort/async/attempt.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace co = cohort;

namespace {

struct note {
    int id = 0;
};
using link_type = co::channel_to<note, note>;

const co::role seventeen("seventeen", []() -> co::task<int> { co_return 17; });
const co::role eighteen("eighteen", []() -> co::task<int> { co_return 18; });

}  // namespace

namespace {
const support::child_role looks_for_channel("looks-for-channel", [](int, char**) -> int {
    std::string text;
    try {
        co::parent<link_type> up;
        text = "a channel";
    } catch (const co::error& e) {
        text = e.what();
    }
    const int flags = ::fcntl(3, F_GETFD);
    text += flags < 0 ? "; 3 is closed" : flags != 0 ? "; 3 is changed" : "; 3 is as it was";
    return ::write(1, text.data(), text.size()) == ssize_t(text.size()) ? 0 : 1;
});
}  // namespace

TEST_CASE("a descriptor that is no socket is not taken for the channel") {
    on_loop([]() -> co::task<> {
        auto made = co_await self_command("looks-for-channel").env("COHORT_CHANNEL_FD", 3).fd(3, co::null).output();
        CHECK(made.out() == "parent: Transport endpoint is not connected; 3 is as it was");
    });
}

TEST_CASE("of several variables of one name the first counts") {
    CHECK(support::run_program({support::self_path()}, {"COHORT_ROLE=seventeen", "COHORT_ROLE=eighteen"}).code() == 17);
    CHECK(support::run_program({support::self_path()}, {"COHORT_ROLE=eighteen", "COHORT_ROLE=seventeen"}).code() == 18);
}
