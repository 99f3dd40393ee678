#pragma once

#include <expected>
#include <string>
#include <vector>

#include "config/config.h"

namespace pgfleet::cli {

// The config file, or where `path` is empty the one server that DATA_SOURCE_NAME or libpq's PG*
// variables name, or the local one on its Unix socket. On failure: every fault, one line each,
// ready to print.
std::expected<config::Config, std::vector<std::string>> ReadConfig(
    const std::string& path, const config::Environment& environment);

}  // namespace pgfleet::cli
