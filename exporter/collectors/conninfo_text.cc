#include "collectors/conninfo_text.h"

#include <optional>

namespace pgfleet::collectors {
namespace {

constexpr std::string_view kBlank = " \t\n\r\f\v";

void SkipBlank(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
}

std::string ReadKeyword(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \t\n\r\f\v="), text.size());
  std::string keyword(text.substr(0, end));
  text.remove_prefix(end);
  return keyword;
}

// Reads up to the closing quote, or to the next blank where the value is bare. Absent when a quote
// is not closed.
std::optional<std::string> ReadValue(std::string_view& text) {
  const bool quoted = text.starts_with('\'');
  std::size_t at = quoted ? 1 : 0;
  std::string value;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted ? c == '\'' : kBlank.find(c) != std::string_view::npos) break;
    if (c == '\\' && ++at == text.size()) break;
    value += text[at];
  }
  if (quoted && at >= text.size()) return std::nullopt;
  text.remove_prefix(std::min(text.size(), at + (quoted ? 1 : 0)));
  return value;
}

}  // namespace

std::map<std::string, std::string, std::less<>> ParseConninfoText(std::string_view text) {
  std::map<std::string, std::string, std::less<>> keywords;
  for (SkipBlank(text); !text.empty(); SkipBlank(text)) {
    std::string keyword = ReadKeyword(text);
    SkipBlank(text);
    if (keyword.empty() || !text.starts_with('=')) break;
    text.remove_prefix(1);
    SkipBlank(text);
    auto value = ReadValue(text);
    if (!value) break;
    keywords[std::move(keyword)] = *std::move(value);
  }
  return keywords;
}

std::string ApplicationNameOf(std::string_view conninfo, std::string_view fallback) {
  const auto keywords = ParseConninfoText(conninfo);
  for (const char* keyword : {"application_name", "fallback_application_name"})
    if (const auto found = keywords.find(keyword);
        found != keywords.end() && !found->second.empty())
      return found->second;
  return std::string(fallback);
}

}  // namespace pgfleet::collectors
