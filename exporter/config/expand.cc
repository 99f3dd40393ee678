#include "config/expand.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "config/suggest.h"

namespace pgfleet::config {
namespace {

bool IsVariableName(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c); });
}

std::expected<std::string, std::string> Lookup(std::string_view name,
                                               const Environment& environment) {
  if (!IsVariableName(name))
    return std::unexpected("${...} needs the name of a variable (write $${ for a literal ${)");
  auto value = environment(std::string(name));
  if (!value)
    return std::unexpected(fmt::format("environment variable {} is not set", Printable(name)));
  if (value->find('\0') != std::string::npos)
    return std::unexpected(fmt::format("environment variable {} holds a NUL", Printable(name)));
  return std::move(*value);
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): read only
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

std::expected<std::string, std::string> Expand(std::string_view text,
                                               const Environment& environment) {
  std::string expanded;
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      expanded += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const auto end = text.find('}');
      if (end == std::string_view::npos) return std::unexpected("${ without its }");
      auto value = Lookup(text.substr(2, end - 2), environment);
      if (!value) return value;
      expanded += *value;
      text.remove_prefix(end + 1);
    } else {
      expanded += text.front();
      text.remove_prefix(1);
    }
  }
  return expanded;
}

bool IsReference(std::string_view text) {
  return text.starts_with("${") && text.ends_with('}') &&
         IsVariableName(text.substr(2, text.size() - 3));
}

}  // namespace pgfleet::config
