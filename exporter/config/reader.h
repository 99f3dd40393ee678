#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/connection.h"
#include "config/faults.h"
#include "config/keywords.h"
#include "config/schema.h"
#include "config/suggest.h"
#include "config/yaml_tree.h"

namespace pgfleet::config {

struct Reader {
  const Environment& environment;
  Faults& faults;
};

// A key of a mapping that becomes a T: how it is read and what the reference says about it.
template <typename T>
struct Key {
  std::string_view name;
  bool required = false;
  void (*read)(Reader& reader, const YamlNode& value, T& into) = nullptr;
  std::string_view form;
  std::string_view fallback;
  std::string_view help;
};

// " (a connection keyword: write it under 'connection')", the nearest key, or "".
std::string UnknownKeyHint(std::string_view key, std::span<const std::string_view> known);

// Reads a mapping by its table. Adds a fault for every unknown and missing key; `what` names the
// mapping in them.
template <typename T>
void ReadMapping(Reader& reader, std::string_view what, const YamlNode& mapping,
                 std::span<const Key<T>> keys, T& into) {
  if (mapping.kind != YamlNode::Kind::kMapping) {
    reader.faults.Add(mapping.place,
                      fmt::format("{} must be a mapping, not {}", what, KindName(mapping.kind)));
    return;
  }
  std::vector<std::string_view> names;
  for (const Key<T>& key : keys) names.push_back(key.name);
  std::vector<std::string_view> seen;
  for (std::size_t i = 0; i + 1 < mapping.items.size(); i += 2) {
    const YamlNode& word = mapping.items[i];
    const auto key = std::ranges::find(keys, std::string_view(word.text), &Key<T>::name);
    if (key == keys.end()) {
      const std::string hint = reader.faults.IsFull() ? "" : UnknownKeyHint(word.text, names);
      reader.faults.Add(word.place, fmt::format("unknown key '{}'{}", Printable(word.text), hint));
      continue;
    }
    seen.push_back(key->name);
    key->read(reader, mapping.items[i + 1], into);
  }
  for (const Key<T>& key : keys)
    if (key.required && std::ranges::find(seen, key.name) == seen.end())
      reader.faults.Add(mapping.place, fmt::format("{} needs the key '{}'", what, key.name));
}

template <typename T>
void Describe(std::string_view where, std::span<const Key<T>> keys, std::vector<KeyDoc>& docs) {
  for (const Key<T>& key : keys)
    docs.push_back({where, key.name, key.form, key.fallback, key.help});
}

}  // namespace pgfleet::config
