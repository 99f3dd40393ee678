#pragma once

#include <vector>

#include "config/nodes.h"
#include "config/scalars.h"

namespace pgfleet::config {

// One consumer of changes.
struct CdcDraft {
  Place place;
  Given<std::string> slot;
  std::optional<Given<std::string>> database;
  std::optional<Given<std::string>> publication;
  std::optional<Place> tables_at;
  std::vector<std::string> tables;
};

// Reads the list under `cdc`.
void ReadCdc(Reader& reader, const YamlNode& value, std::vector<CdcDraft>& cdc);

// Adds a fault for what cannot be looked at.
std::vector<model::DeclaredCdc> FinishCdc(const std::vector<CdcDraft>& cdc, Faults& faults);

// Lets the node visit the databases whose publications are declared.
void VisitCaptured(const std::vector<model::DeclaredCdc>& cdc, NodeConfig& node);

void DescribeCdc(std::vector<KeyDoc>& docs);

}  // namespace pgfleet::config
