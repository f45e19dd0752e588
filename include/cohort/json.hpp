#pragma once

/// JSON (RFC 8259): values, parser, typed reading and writing of plain structs without macros, streaming reader and
/// writer.

#include <cohort/json/adapter.hpp>
#include <cohort/json/convert.hpp>
#include <cohort/json/error.hpp>
#include <cohort/json/kind.hpp>
#include <cohort/json/options.hpp>
#include <cohort/json/parse.hpp>
#include <cohort/json/read.hpp>
#include <cohort/json/reader.hpp>
#include <cohort/json/value.hpp>
#include <cohort/json/write.hpp>
#include <cohort/json/writer.hpp>
