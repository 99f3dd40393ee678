#pragma once

#include <vector>

#include "config/scalars.h"

namespace pgfleet::config {

// As PostgreSQL has it: ReplicationSlotValidateName.
bool IsSlotName(const YamlNode& item);
inline constexpr std::string_view kSlotNameFault =
    "a slot name must be 1 to 63 of the characters a-z 0-9 _, as PostgreSQL demands";

// What `expect` of a cluster says.
struct ExpectDraft {
  std::optional<Given<std::int64_t>> standbys;
  std::optional<Given<std::int64_t>> synchronous;
  std::optional<std::vector<std::string>> slots;
  std::optional<bool> archiving;
};

// Reads an `expect` mapping.
void ReadExpect(Reader& reader, const YamlNode& value, ExpectDraft& expect);

// `kind`: of the cluster. Adds a fault for numbers that cannot all hold.
model::Expected FinishExpect(const ExpectDraft& expect, model::ClusterKind kind, Faults& faults);

void DescribeExpect(std::vector<KeyDoc>& docs);

}  // namespace pgfleet::config
