#include "drift/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "drift/setting_classes.h"

namespace pgfleet::drift {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t length = 0;  // 0: the first byte is not UTF-8
};

struct Form {
  unsigned char mask, lead;
  std::size_t length;
  std::uint32_t least;  // anything less has a shorter form
};
constexpr std::array<Form, 4> kForms = {
    {{0x80, 0x00, 1, 0}, {0xE0, 0xC0, 2, 0x80}, {0xF0, 0xE0, 3, 0x800}, {0xF8, 0xF0, 4, 0x10000}}};

Character First(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto* form =
      std::ranges::find_if(kForms, [&](const Form& f) { return (byte(0) & f.mask) == f.lead; });
  if (form == kForms.end() || text.size() < form->length) return {};
  std::uint32_t code = byte(0) & static_cast<unsigned char>(~form->mask);
  for (std::size_t i = 1; i < form->length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < form->least || code > 0x10FFFF || is_surrogate) return {};
  return {.code = code, .length = form->length};
}

// Controls, separators of lines, the byte order mark and what changes the direction of writing.
bool IsUnfit(std::uint32_t code) {
  struct Range {
    std::uint32_t first, last;
  };
  static constexpr std::array<Range, 8> kUnfit = {{{0x00, 0x1F},
                                                   {0x7F, 0x9F},
                                                   {0x200B, 0x200F},
                                                   {0x2028, 0x202E},
                                                   {0x2060, 0x206F},
                                                   {0xFEFF, 0xFEFF},
                                                   {0xFFF0, 0xFFFB},
                                                   {0xFFFE, 0xFFFF}}};
  return std::ranges::any_of(
      kUnfit, [&](const Range& range) { return code >= range.first && code <= range.last; });
}

std::string Escaped(std::uint32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\t') return "\\t";
  return code <= 0xFF ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
}

bool IsBare(std::string_view text) {
  // Of the readers of all versions of YAML.
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"null", "true", "false", "yes", "no", "on", "off", "y", "n"});
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_inner = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, is_inner) &&
         std::ranges::find(kWords, Folded(text)) == kWords.end();
}

}  // namespace

std::size_t Utf8Length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = First(text.substr(at)).length;
    if (length == 0) break;
    at += length;
  }
  return at;
}

bool IsUtf8(std::string_view text) { return Utf8Length(text) == text.size(); }

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const Character first = First(text);
    const std::size_t length = std::max<std::size_t>(first.length, 1);
    if (first.length == 0)
      quoted += "\xEF\xBF\xBD";
    else if (IsUnfit(first.code))
      quoted += Escaped(first.code);
    else if (first.code == '"' || first.code == '\\')
      (quoted += '\\') += static_cast<char>(first.code);
    else
      quoted += text.substr(0, length);
    text.remove_prefix(length);
  }
  return quoted + "\"";
}

std::string YamlName(std::string_view text) {
  return IsBare(text) ? std::string(text) : Quoted(text);
}

std::string Remark(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) return Quoted(text);
  std::size_t end = kLongest;
  while (end > kLongest - 3 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return Quoted(text.substr(0, end)) + "...";
}

}  // namespace pgfleet::drift
