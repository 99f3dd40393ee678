#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/faults.h"

namespace pgfleet::config {

// One value of a YAML file with its place. Scalars stay text: what they mean is the schema's
// business.
struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMapping };

  Kind kind = Kind::kNull;
  Place place;
  std::string text;             // of a scalar
  std::vector<YamlNode> items;  // of a sequence; of a mapping: key, value, key, value, ...
};

// "a list", for messages.
std::string_view KindName(YamlNode::Kind kind);

// Builds the tree of the one document in `text` from the parser's events. While it reads it refuses
// anchors, aliases, tags, duplicate keys, keys that are no plain words, several documents, more
// than 32 levels and more than 200,000 values, so that the tree is bounded by the file and never
// refers to itself. Absent after a fault that left no tree; faults that leave one (a duplicate key:
// the first one is kept) are only added. REQUIRES: CheckText(text).
std::optional<YamlNode> ReadYaml(std::string_view text, Faults& faults);

}  // namespace pgfleet::config
