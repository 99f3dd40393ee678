#include "log/escape.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "log/utf8.h"

namespace pgfleet::log {
namespace {

std::string Timestamp() {
  using namespace std::chrono;
  const auto now = system_clock::now();
  const auto ms = duration_cast<milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(now)), ms);
}

std::string_view LevelName(spdlog::level::level_enum level) {
  constexpr std::string_view kNames[] = {"trace", "debug",    "info", "warn",
                                         "error", "critical", "off"};
  return kNames[static_cast<std::size_t>(level)];
}

// Appends the text as it stands between quotes. Both formats know \n, \t, \" and \uXXXX. A bad byte
// XX is shown as
// \xXX, whose backslash JSON wants doubled.
void AppendEscaped(std::string& line, std::string_view text, std::string_view bad_byte) {
  const auto out = std::back_inserter(line);
  while (!text.empty()) {
    const Character character = Decode(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (character.length == 0)
      fmt::format_to(out, "{}{:02x}", bad_byte, byte);
    else if (byte == '"' || byte == '\\')
      (line += '\\') += text.front();
    else if (byte == '\n' || byte == '\t' || byte == '\r')
      (line += '\\') += byte == '\n' ? 'n' : byte == '\t' ? 't' : 'r';
    else if (IsUnfit(character.code))
      fmt::format_to(out, "\\u{:04x}", character.code);
    else
      line += text.substr(0, character.length);
    text.remove_prefix(std::max<std::size_t>(1, character.length));
  }
}

constexpr std::size_t kLongest = 2000;

void AppendQuoted(std::string& line, std::string_view text, std::string_view bad_byte) {
  const std::string_view shown = Cut(text, kLongest);
  line += '"';
  AppendEscaped(line, shown, bad_byte);
  line += shown.size() < text.size() ? "...\"" : "\"";
}

bool NeedsQuotes(std::string_view text) {
  const auto is_plain = [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
  };
  return text.empty() || text.size() > kLongest || !std::ranges::all_of(text, is_plain);
}

}  // namespace

std::string LogfmtHead(spdlog::level::level_enum level) {
  return fmt::format("ts={} level={}", Timestamp(), LevelName(level));
}

void AppendLogfmt(std::string& line, std::string_view key, std::string_view value) {
  ((line += ' ') += key) += '=';
  if (NeedsQuotes(value))
    AppendQuoted(line, value, "\\x");
  else
    line += value;
}

std::string JsonHead(spdlog::level::level_enum level) {
  return fmt::format(R"({{"ts":"{}","level":"{}")", Timestamp(), LevelName(level));
}

void AppendJson(std::string& line, std::string_view key, std::string_view value) {
  ((line += ",\"") += key) += "\":";
  AppendJsonText(line, value);
}

void AppendJsonText(std::string& line, std::string_view value) {
  AppendQuoted(line, value, "\\\\x");
}

}  // namespace pgfleet::log
