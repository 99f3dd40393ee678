#pragma once

#include <spdlog/common.h>

#include <string>
#include <string_view>

namespace pgfleet::log {

// The pieces of a line. Whatever a value holds, it stays on its line and inside its quotes: control
// characters, line separators, characters that turn the direction of writing, and bytes that are
// not UTF-8 are escaped. A value longer than 2,000 bytes is cut.

// `ts=2026-01-02T03:04:05.678Z level=info`
std::string LogfmtHead(spdlog::level::level_enum level);
// ` key=value`, quoted only where it must be.
void AppendLogfmt(std::string& line, std::string_view key, std::string_view value);

// `{"ts":"...","level":"info"`
std::string JsonHead(spdlog::level::level_enum level);
// `,"key":"value"`
void AppendJson(std::string& line, std::string_view key, std::string_view value);
// `"value"`
void AppendJsonText(std::string& line, std::string_view value);

}  // namespace pgfleet::log
