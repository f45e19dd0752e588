// cohort: the whole library. Each floor also has a header of its own, such as <cohort/process.hpp>, for what compiles
// faster.
#pragma once

// First: it says what the compiler has to be able to do.
#include "cohort/sys/platform.hpp"

#include "cohort/async.hpp"
#include "cohort/io.hpp"
#include "cohort/json.hpp"
#include "cohort/process.hpp"
#include "cohort/reactor.hpp"
#include "cohort/sys.hpp"
#include "cohort/wire.hpp"
