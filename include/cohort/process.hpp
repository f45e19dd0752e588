// Processes: commands, children, captured output, workers.
#pragma once

#include "process/capture_policy.hpp"
#include "process/child.hpp"
#include "process/command.hpp"
#include "process/command_failed.hpp"
#include "process/exec.hpp"
#include "process/exit_status.hpp"
#include "process/ladder.hpp"
#include "process/output_result.hpp"
#include "process/slot.hpp"
#include "process/spawn_error.hpp"
#include "process/stop_cause.hpp"
