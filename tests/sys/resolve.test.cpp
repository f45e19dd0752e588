#include <cohort/sys/fault.hpp>
#include <cohort/sys/resolve.hpp>

#include "support/test.hpp"

#include <algorithm>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;

TEST_CASE("numbers and local names are resolved") {
    std::vector<sys::socket_address> found;
    CHECK_FALSE(sys::resolve("127.0.0.1", "80", found));
    REQUIRE(found.size() == 1);
    CHECK(found[0].to_string() == "127.0.0.1:80");
    CHECK_FALSE(sys::resolve("::1", "443", found));
    REQUIRE(found.size() == 2);  // appended
    CHECK(found[1].to_string() == "[::1]:443");
    found.clear();
    CHECK_FALSE(sys::resolve("localhost", "7", found, SOCK_STREAM, AF_INET));
    REQUIRE_FALSE(found.empty());
    CHECK(found[0].to_string() == "127.0.0.1:7");
    found.clear();
    CHECK_FALSE(sys::resolve(nullptr, "7", found, SOCK_DGRAM, AF_INET, true));
    REQUIRE_FALSE(found.empty());
    CHECK(found[0].to_string() == "0.0.0.0:7");
}

TEST_CASE("errors of the resolver are its own or the system's") {
    std::vector<sys::socket_address> found;
    const std::error_code unknown = sys::resolve("256.256.256.256.", "no-such-service!", found);
    CHECK(unknown);
    CHECK(unknown.category() == sys::resolve_category());
    CHECK_FALSE(unknown.message().empty());
    CHECK(std::string(unknown.category().name()) == "resolve");
    CHECK(found.empty());
    CHECK(std::error_code(EAI_MEMORY, sys::resolve_category()) == std::errc::not_enough_memory);
    CHECK(std::error_code(EAI_AGAIN, sys::resolve_category()) == std::errc::resource_unavailable_try_again);

    fault::scope plan;
    fault::fail(sys::call::resolve, 1, EINTR);
    fault::fail(sys::call::resolve, 2, EMFILE);
    const std::error_code system = sys::resolve("127.0.0.1", "80", found);
    CHECK(system == std::error_code(EMFILE, std::system_category()));
    CHECK(fault::count(sys::call::resolve) == 2);
    CHECK(found.empty());
}
