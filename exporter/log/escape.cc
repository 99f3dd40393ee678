#include "log/escape.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>

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

struct Character {
  std::uint32_t code = 0;
  std::size_t length = 0;  // 0: the first byte is not UTF-8
};

Character Decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[length] || code > 0x10FFFF || surrogate) return {};
  return {code, length};
}

struct Range {
  std::uint32_t first, last;
};
// Controls, line separators and what changes the direction of writing.
constexpr Range kUnfit[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C}, {0x200B, 0x200F},
                            {0x2028, 0x202E}, {0x2060, 0x2069}, {0xFEFF, 0xFEFF}};

bool IsUnfit(std::uint32_t code) {
  return std::ranges::any_of(kUnfit, [&](Range r) { return code >= r.first && code <= r.last; });
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

// Cuts between two characters, as far as the bytes are UTF-8.
std::string_view Cut(std::string_view text, bool& was_cut) {
  constexpr std::size_t kLongest = 2000;
  was_cut = text.size() > kLongest;
  if (!was_cut) return text;
  std::size_t end = kLongest;
  for (int i = 0; i < 3 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++i) --end;
  return text.substr(0, end);
}

void AppendQuoted(std::string& line, std::string_view text, std::string_view bad_byte) {
  bool was_cut = false;
  line += '"';
  AppendEscaped(line, Cut(text, was_cut), bad_byte);
  line += was_cut ? "...\"" : "\"";
}

bool NeedsQuotes(std::string_view text) {
  const auto is_plain = [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
  };
  return text.empty() || text.size() > 2000 || !std::ranges::all_of(text, is_plain);
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
  AppendQuoted(line, value, "\\\\x");
}

}  // namespace pgfleet::log
