#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader.h"

namespace pgfleet::config {

// The name of a cluster or node; "" once it was at fault.
struct Name {
  std::string text;
  Place place;
};

// 1 to 63 of the characters A-Z a-z 0-9 _ . - beginning with a letter or digit.
Name ReadNameText(Reader& reader, const YamlNode& value);

// Whether a database can have this name. PostgreSQL cuts names off after 63 bytes; a longer one
// would never be found.
bool IsDatabaseName(const YamlNode& value);

template <typename T>
void ReadName(Reader& reader, const YamlNode& value, T& into) {
  into.name = ReadNameText(reader, value);
}

// Reads a list of mappings; an empty list is a fault.
template <typename T>
void ReadList(Reader& reader, std::string_view key, std::string_view what, const YamlNode& value,
              std::span<const Key<T>> keys, std::vector<T>& into) {
  if (value.kind != YamlNode::Kind::kSequence) {
    reader.faults.Add(value.place,
                      fmt::format("'{}' must be a list, not {}", key, KindName(value.kind)));
    return;
  }
  if (value.items.empty())
    reader.faults.Add(value.place,
                      fmt::format("'{}' is empty: it needs at least one {}", key, what));
  for (const YamlNode& item : value.items) {
    into.push_back({.place = item.place});
    ReadMapping<T>(reader, fmt::format("a {}", what), item, keys, into.back());
    // Then the node is not blamed as well for what could not be read.
    if (item.kind != YamlNode::Kind::kMapping) into.pop_back();
  }
}

// Adds a fault for every name that an earlier draft has.
template <typename T>
void CheckUnique(std::string_view what, const std::vector<T>& drafts, Faults& faults) {
  std::map<std::string_view, int> lines;
  for (const T& draft : drafts) {
    if (draft.name.text.empty()) continue;
    const auto [seen, is_new] = lines.emplace(draft.name.text, draft.name.place.line);
    if (!is_new)
      faults.Add(draft.name.place, fmt::format("duplicate {} name '{}' (first on line {})", what,
                                               draft.name.text, seen->second));
  }
}

}  // namespace pgfleet::config
