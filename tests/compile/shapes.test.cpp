// Coroutine shapes that GCC 12 or others get wrong for some types, with the types of this library: they have to work on
// every compiler, at every optimisation level and under AddressSanitizer. See docs/async.md for the shapes to avoid.
#include "support/drive.hpp"
#include "support/test.hpp"

#include <cohort/async.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>

using namespace std::chrono_literals;
namespace co = cohort;
using support::drive;

namespace {

const std::string long_text = "a text that is too long for the small buffer of a string";

/// Counts its living objects: a temporary that is destroyed twice makes the count wrong without any sanitizer.
class tracked {
public:
    tracked() : tracked(long_text) {}
    explicit tracked(std::string text) : text_(std::move(text)) { ++alive; }
    tracked(const tracked& other) : text_(other.text_) { ++alive; }
    tracked(tracked&& other) noexcept : text_(std::move(other.text_)) { ++alive; }
    tracked& operator=(const tracked&) = default;
    tracked& operator=(tracked&&) = default;
    ~tracked() { --alive; }
    const std::string& text() const { return text_; }

    /// A fluent builder, as commands and options of the library are.
    tracked& append(const std::string& more) & {
        text_ += more;
        return *this;
    }
    tracked&& append(const std::string& more) && {
        text_ += more;
        return std::move(*this);
    }
    co::task<std::size_t> run() const { return length(*this); }
    static co::task<std::size_t> length(tracked self) {
        co_await co::yield();
        co_return self.text_.size();
    }

    static inline int alive = 0;

private:
    std::string text_;
};

struct plain {
    int id;
    std::string text;
};

co::task<std::size_t> by_value(tracked t) {
    co_await co::yield();
    co_return t.text().size();
}
co::task<std::size_t> by_reference(const tracked& t) {
    co_await co::yield();
    co_return t.text().size();
}
co::task<std::size_t> with_default(int, tracked t = tracked()) {
    co_await co::yield();
    co_return t.text().size();
}
co::task<plain> aggregate_result(std::string text) {
    plain p{1, std::move(text)};
    co_await co::yield();
    co_return p;
}
co::task<std::string> text_of(std::string text) {
    co_await co::yield();
    co_return text + "!";
}
template <class... Ts>
co::task<std::size_t> variadic(Ts... texts) {
    co_await co::yield();
    co_return(std::string(texts).size() + ... + 0);
}

struct at_end {
    at_end() : before(tracked::alive) {}
    ~at_end() { CHECK(tracked::alive == before); }
    int before;
};

}  // namespace

TEST_CASE("shapes: class temporaries as arguments of an awaited call", "[async][shapes]") {
    at_end check;
    drive([]() -> co::task<> {
        const std::size_t size = long_text.size();
        auto a = co_await by_value(tracked(long_text));
        auto b = co_await by_reference(tracked(long_text));
        auto c = co_await with_default(1);
        auto d = co_await by_value(tracked(long_text).append("xy"));
        auto e = co_await tracked(long_text).append("xyz").run();
        auto f = co_await variadic("one", std::string(long_text), long_text);
        CHECK((a == size && b == size && c == size && d == size + 2 && e == size + 3 && f == 3 + 2 * size));
    });
}

TEST_CASE("shapes: queue, generator and combinators with temporaries", "[async][shapes]") {
    at_end check;
    drive([]() -> co::task<> {
        co::queue<tracked> q(2);
        co_await q.push(tracked(long_text));
        co_await q.push(tracked());
        while (auto t = co_await co::timeout(1ms, q.pop())) CHECK(t->text() == long_text);
        co::queue<std::string> strings(2);
        co_await strings.push(long_text + "?");
        auto one = co_await strings.pop();
        CHECK(*one == long_text + "?");
        auto r = co_await co::attempt(by_value(tracked(long_text)));
        CHECK(*r == long_text.size());
        auto all = co_await co::when_all(by_value(tracked()), text_of(long_text), q.push(tracked()), q.pop());
        CHECK(all.get<1>() == long_text + "!");
        auto any = co_await co::when_any(text_of(long_text), by_value(tracked()));
        CHECK(any.has<0>());
        auto shielded = co_await co::shield(by_value(tracked()));
        CHECK(shielded == long_text.size());
        auto texts = []() -> co::generator<tracked> {
            co_yield tracked(long_text);
            tracked named;
            co_yield named;
            co_yield std::move(named);
        }();
        int count = 0;
        while (auto t = co_await texts.next()) count += t->text() == long_text;
        CHECK(count == 3);
    });
}

TEST_CASE("shapes: results in loops, conditions, optionals and variants", "[async][shapes]") {
    at_end check;
    drive([]() -> co::task<> {
        co::queue<tracked> q(8);
        for (int i = 0; i < 3; ++i) co_await q.push(tracked());
        q.close();
        int seen = 0;
        while (auto t = co_await q.pop()) seen += int(t->text().size() > 0);
        CHECK(seen == 3);
        if (auto t = co_await co::timeout(1ms, q.pop())) FAIL("closed");
        auto p = co_await aggregate_result(long_text);
        CHECK(p.text == long_text);
        const std::string joined = co_await text_of("a") + co_await text_of("b") + "c";
        CHECK(joined == "a!b!c");
        std::optional<std::string> maybe = co_await text_of(long_text);
        CHECK(maybe == long_text + "!");
        std::variant<int, std::string> either = co_await text_of(long_text);
        CHECK(std::get<1>(either) == long_text + "!");
        switch (auto n = co_await by_value(tracked()); n) {
            case 0: FAIL("empty"); break;
            default: break;
        }
        std::vector<tracked> several(2);
        for (const auto& t : several) {
            auto n = co_await by_value(t);
            CHECK(n == long_text.size());
        }
        for (char c : co_await text_of("xyz")) CHECK(c != 0);
    });
}

TEST_CASE("shapes: closures", "[async][shapes]") {
    at_end check;
    drive([]() -> co::task<> {
        tracked owned;
        int x = 0;
        // A closure that captures only references may be a temporary of an awaited expression.
        co_await co::scope([&](co::scope_ref s) -> co::task<> {
            // One that owns what it captures goes to spawn(), which is not awaited and keeps it.
            s.spawn([owned, &x]() -> co::task<> {
                co_await co::yield();
                x += int(owned.text().size());
            });
            s.spawn([](tracked t, int& sum) -> co::task<> {
                co_await co::yield();
                sum += int(t.text().size());
            }, owned, std::ref(x));
            co_return;
        });
        CHECK(x == 2 * int(long_text.size()));
        // Or it gets a name first.
        const auto body = [owned](co::scope_ref) -> co::task<std::size_t> { co_return owned.text().size(); };
        auto size = co_await co::scope(body);
        CHECK(size == long_text.size());
        auto moved = [t = std::move(owned)](co::scope_ref) -> co::task<std::size_t> { co_return t.text().size(); };
        auto size2 = co_await co::scope(std::move(moved));
        CHECK(size2 == long_text.size());
    });
}

TEST_CASE("shapes: a named aggregate is a message", "[async][shapes]") {
    drive([]() -> co::task<> {
        co::queue<plain> q(2);
        plain message{7, long_text};
        co_await q.push(message);
        co_await q.push(std::move(message));
        auto first = co_await q.pop();
        auto second = co_await q.pop();
        CHECK((first->text == long_text && second->text == long_text && second->id == 7));
        const bool room = q.try_push(plain{8, long_text});  // not awaited: any shape will do
        CHECK(room);
    });
}

TEST_CASE("shapes: exceptions while temporaries are alive", "[async][shapes]") {
    at_end check;
    drive([]() -> co::task<> {
        const auto fails = [](tracked) -> co::task<int> {
            co_await co::yield();
            throw co::error(5, "test");
        };
        int caught = 0;
        for (int i = 0; i < 3; ++i) {
            try {
                co_await fails(tracked().append("x"));
            } catch (const co::error&) {
                ++caught;
            }
        }
        auto all = co_await co::attempt(co::when_all(fails(tracked()), by_value(tracked()), fails(tracked())));
        CHECK(!all);
        CHECK(caught == 3);
    });
}

TEST_CASE("shapes: awaitables that are named and awaited later", "[async][shapes]") {
    at_end check;
    drive([]() -> co::task<> {
        auto later = by_value(tracked());
        auto slept = co::sleep(1ms);
        auto both = co::when_all(by_value(tracked()), text_of(long_text));
        auto timed = co::timeout(1s, by_value(tracked()));
        co_await slept;
        co_await co::sleep(1ms);
        auto n = co_await std::move(later);
        auto b = co_await std::move(both);
        auto t = co_await std::move(timed);
        CHECK((n == long_text.size() && b.get<0>() == n && *t == n));
        auto dropped = co::when_any(by_value(tracked()), by_value(tracked()));
        static_cast<void>(dropped);
        std::optional<co::task<std::size_t>> kept;
        kept.emplace(by_value(tracked()));
        auto m = co_await std::move(*kept);
        CHECK(m == n);
    });
}
