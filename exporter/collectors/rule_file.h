#pragma once

#include <array>

#include "collectors/row_reader.h"
#include "collectors/settings_file_errors.h"

// What the collectors of pg_hba.conf and pg_ident.conf share: one row about a whole file.
namespace pgfleet::collectors {

enum RuleFileColumn : std::size_t { kRuleErrors, kRules, kFingerprint, kRuleFileColumns };

// Reads the row into the member of the facts.
template <model::Fact<model::RuleFileFacts> model::InventoryFacts::* kMember>
std::expected<void, DecodeFault> DecodeRuleFile(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto found = std::make_shared<model::RuleFileFacts>();
  found->errors = row.NeedInteger(kRuleErrors);
  found->rules = row.NeedInteger(kRules);
  found->fingerprint = row.Text(kFingerprint);
  auto result = row.Result();
  if (result) facts.*kMember = std::move(found);
  return result;
}

}  // namespace pgfleet::collectors
