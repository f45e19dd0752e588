// cohort: the whole library. Each floor also has a header of its own, such as <cohort/process.hpp>, for what compiles
// faster.
#pragma once

#include "cohort/async.hpp"
#include "cohort/io.hpp"
#include "cohort/json.hpp"
#include "cohort/process.hpp"
#include "cohort/reactor.hpp"
#include "cohort/sys.hpp"
#include "cohort/wire.hpp"
