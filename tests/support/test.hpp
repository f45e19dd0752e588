#pragma once
/// Everything a test file includes: Catch2, version 2 or 3, and the helpers of this folder.
///
/// The harness (main.cpp) runs each test case under a watchdog and fails the run when a test case leaves an open
/// descriptor, a child process, a thread or a file behind.
#if __has_include(<catch2/catch_test_macros.hpp>)
#    include <catch2/catch_approx.hpp>
#    include <catch2/catch_test_macros.hpp>
#    include <catch2/catch_template_test_macros.hpp>
#    include <catch2/generators/catch_generators_all.hpp>
#    include <catch2/matchers/catch_matchers.hpp>
#    include <catch2/matchers/catch_matchers_string.hpp>
#else
#    include <catch2/catch.hpp>
namespace Catch::Matchers {
/// Version 3's name, which the tests use, for version 2.
inline auto ContainsSubstring(const std::string& text) { return Contains(text); }
}  // namespace Catch::Matchers
#endif

#include "support/allocation.hpp"
#include "support/child.hpp"
#include "support/resources.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"
