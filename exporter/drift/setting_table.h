#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "drift/setting_classes.h"
#include "model/configuration_facts.h"

namespace pgfleet::drift {

// The settings of a node by folded name, with what the rules say of each. The facts must outlive
// it.
class SettingTable {
 public:
  struct Entry {
    std::string name;
    const model::ServerSetting* setting = nullptr;
    SettingRules::Word word = SettingRules::Word::kNone;
    SettingRules::Comparison comparison = SettingRules::Comparison::kNone;
    bool counts_changes = false;
  };

  // `version_number` 0: as the settings themselves say it.
  SettingTable(const model::SettingsFacts& facts, int version_number, const SettingRules& rules);

  const std::vector<Entry>& entries() const { return entries_; }
  int version_number() const { return version_number_; }
  // Null when the server has none of this name, or shows our role none.
  const model::ServerSetting* Find(std::string_view name) const;
  // False for a role that may not see them all.
  bool SeesAll() const { return Find("data_directory") != nullptr; }
  // True where libraries are loaded at the start of a session: which settings of extensions it
  // shows depends on when ours began.
  bool LoadsAtSessionStart() const;

 private:
  std::vector<Entry> entries_;
  int version_number_;
};

// Calls `visit` for each name of one or both, in their order, with null for the one that has it
// not.
void VisitBoth(
    const SettingTable& a, const SettingTable& b,
    const std::function<void(const SettingTable::Entry*, const SettingTable::Entry*)>& visit);

// Whether two nodes, or one node at two times, have it alike. Only whether it is set counts where
// one of the two is redacted; neither may be hidden.
bool IsAlike(const model::ServerSetting& a, const model::ServerSetting& b);

bool IsHidden(const model::ServerSetting& setting);
bool IsRedacted(const model::ServerSetting& setting);

// For people: the value, or only "set" and "not set" where it is nobody's business.
std::string Displayed(const model::ServerSetting& setting);

inline constexpr std::string_view kNotThere = "not there";
// In the place of values that are nobody's business.
inline constexpr std::string_view kAsDeclared = "as declared";
inline constexpr std::string_view kDiffers = "differs";
std::string SetOrNot(bool is_set);

}  // namespace pgfleet::drift
