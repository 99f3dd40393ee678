#include "config/names.h"

#include <algorithm>

namespace pgfleet::config {
namespace {

bool IsName(std::string_view text) {
  constexpr std::size_t kLongest = 63;
  const auto is_alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  return !text.empty() && text.size() <= kLongest && is_alphanumeric(text.front()) &&
         std::ranges::all_of(
             text, [&](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

}  // namespace

bool IsDatabaseName(const YamlNode& value) {
  return value.kind == YamlNode::Kind::kScalar && !value.text.empty() && value.text.size() <= 63;
}

Name ReadNameText(Reader& reader, const YamlNode& value) {
  if (value.kind != YamlNode::Kind::kScalar)
    reader.faults.Add(value.place,
                      fmt::format("'name' needs a single value, not {}", KindName(value.kind)));
  else if (!IsName(value.text))
    reader.faults.Add(value.place,
                      "'name' must be 1 to 63 of the characters A-Z a-z 0-9 _ . - and begin with a "
                      "letter or digit");
  else
    return {.text = value.text, .place = value.place};
  return {.text = "", .place = value.place};
}

}  // namespace pgfleet::config
