#pragma once

#include <spdlog/common.h>

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.h"

namespace pgfleet::cli {

struct ListenAddress {
  std::string host;  // a name or address without brackets; "" = every address of the machine
  std::uint16_t port = 0;

  bool operator==(const ListenAddress&) const = default;
};

// What the command line asks for. --help and --version win over everything else.
struct Flags {
  std::string command;      // "", or the name of one
  std::string config_file;  // "" = no file
  std::string state_dir;    // "" = nothing is kept
  bool check_config = false;
  bool once = false;
  bool help = false;
  bool version = false;
  std::vector<ListenAddress> listen;  // never empty; default :10187
  std::string telemetry_path = "/metrics";
  spdlog::level::level_enum log_level = spdlog::level::info;
  log::Format log_format = log::Format::kLogfmt;
  int grants_major = 0;  // of the command grants; 9 = 9.6
  std::string grants_role = "pgfleet";
  std::string cluster;  // of the commands baseline and drift; "": none was named
};

// Reads the arguments that follow the program's name. The error is one line for standard error
// (exit status 2); it never repeats the value of a flag. Pure.
std::expected<Flags, std::string> ParseFlags(std::span<const char* const> arguments);

// The text of --help: grouped, at most 80 columns.
std::string HelpText();

}  // namespace pgfleet::cli
