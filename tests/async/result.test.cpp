#include "support/test.hpp"

#include <cohort/async/result.hpp>

#include <cerrno>
#include <memory>
#include <stdexcept>

namespace co = cohort;

namespace {

template <class T = void, class E>
co::result<T> failed(E thrown) {
    return co::result<T>(std::make_exception_ptr(thrown));
}

}  // namespace

TEST_CASE("result: a value", "[async][result]") {
    auto r = co::result<std::string>::of([] { return std::string("text"); });
    REQUIRE(r);
    CHECK(*r == "text");
    CHECK(r->size() == 4);
    CHECK(r.value() == "text");
    CHECK(!r.error());
    CHECK(!r.cancelled());
    CHECK(!r.code());
    CHECK(r.message().empty());
    const std::string taken = std::move(r).value();
    CHECK(taken == "text");
    const auto& constant = r;
    CHECK((*constant).empty());
    CHECK(constant->empty());
}

TEST_CASE("result: a failure of the library", "[async][result]") {
    auto r = failed<int>(co::error(ECONNREFUSED, "connect", "127.0.0.1:80"));
    REQUIRE(!r);
    CHECK(r.code() == std::errc::connection_refused);
    CHECK(r.message() == "connect \"127.0.0.1:80\": Connection refused");
    CHECK(!r.cancelled());
    CHECK(r.error());
    CHECK_THROWS_AS(r.value(), co::error);
    CHECK_THROWS_AS(std::move(r).value(), co::error);
}

TEST_CASE("result: other exceptions", "[async][result]") {
    CHECK(failed(std::runtime_error("odd")).message() == "odd");
    CHECK(!failed(std::runtime_error("odd")).code());
    CHECK(!failed(7).message().empty());
    CHECK(!failed(7).code());
    CHECK(failed(co::cancelled()).cancelled());
    CHECK(failed(co::cancelled()).code() == std::errc::operation_canceled);
    CHECK(failed(co::cancelled()).message() == "cancelled");
}

TEST_CASE("result: void, references and move-only values", "[async][result]") {
    auto nothing = co::result<>::of([] {});
    CHECK(nothing);
    nothing.value();
    CHECK_THROWS_AS(failed(std::runtime_error("odd")).value(), std::runtime_error);
    int x = 1;
    auto same = co::result<int&>::of([&]() -> int& { return x; });
    CHECK(&*same == &x);
    CHECK(&same.value() == &x);
    auto box = co::result<std::unique_ptr<int>>::of([] { return std::make_unique<int>(5); });
    auto taken = *std::move(box);
    CHECK(*taken == 5);
}

TEST_CASE("error: reads as operation, subject and reason; carries others", "[async][error]") {
    co::error e(ENOENT, "spawn", "gti");
    CHECK(std::string(e.what()) == "spawn \"gti\": No such file or directory");
    CHECK(e.operation() == "spawn");
    CHECK(e.subject() == "gti");
    CHECK(std::string(co::error(EPIPE, "write").what()) == "write: Broken pipe");
    std::vector<std::exception_ptr> others{std::make_exception_ptr(1)};
    e.attach(std::move(others));
    CHECK(e.others().size() == 1);
}
