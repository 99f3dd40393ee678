#include "drift/setting_table.h"

#include <algorithm>
#include <array>

#include "drift/setting_value.h"

namespace pgfleet::drift {
namespace {

using model::ServerSetting;
using Entry = SettingTable::Entry;

int VersionIn(const model::SettingsFacts& facts) {
  for (const ServerSetting& setting : facts.all)
    if (setting.name == "server_version_num") return static_cast<int>(setting.number);
  return 0;
}

}  // namespace

SettingTable::SettingTable(const model::SettingsFacts& facts, int version_number,
                           const SettingRules& rules)
    : version_number_(version_number != 0 ? version_number : VersionIn(facts)) {
  entries_.reserve(facts.all.size());
  for (const ServerSetting& setting : facts.all)
    entries_.push_back({.name = Folded(setting.name),
                        .setting = &setting,
                        .word = rules.WordOn(setting.name),
                        .comparison = rules.BetweenNodes(setting, version_number_),
                        .counts_changes = rules.CountsChanges(setting, version_number_)});
  std::ranges::sort(entries_, {}, &Entry::name);
}

const ServerSetting* SettingTable::Find(std::string_view name) const {
  const std::string folded = Folded(name);
  const auto found = std::ranges::lower_bound(entries_, folded, {}, &Entry::name);
  return found != entries_.end() && found->name == folded ? found->setting : nullptr;
}

bool SettingTable::LoadsAtSessionStart() const {
  return std::ranges::any_of(
      std::array<std::string_view, 2>{"local_preload_libraries", "session_preload_libraries"},
      [this](std::string_view name) {
        const ServerSetting* setting = Find(name);
        return setting != nullptr && !setting->is_default;
      });
}

void VisitBoth(const SettingTable& a, const SettingTable& b,
               const std::function<void(const Entry*, const Entry*)>& visit) {
  auto one = a.entries().begin(), other = b.entries().begin();
  while (one != a.entries().end() || other != b.entries().end()) {
    const bool has_one =
        one != a.entries().end() && (other == b.entries().end() || one->name <= other->name);
    const bool has_other =
        other != b.entries().end() && (one == a.entries().end() || other->name <= one->name);
    visit(has_one ? &*one : nullptr, has_other ? &*other : nullptr);
    if (has_one) ++one;
    if (has_other) ++other;
  }
}

bool IsHidden(const ServerSetting& setting) {
  return setting.value == ServerSetting::Value::kHidden;
}

bool IsRedacted(const ServerSetting& setting) {
  return setting.value == ServerSetting::Value::kRedacted;
}

bool IsAlike(const ServerSetting& a, const ServerSetting& b) {
  const auto one = ValueOf(a), other = ValueOf(b);
  if (!one || !other) return a.is_default == b.is_default;
  // A setting may change its type from one version to the next: bool, then a list of words.
  if (one->index() != other->index()) return ShownValue(a) == ShownValue(b);
  return SameValue(*one, *other, a.name);
}

std::string SetOrNot(bool is_set) { return is_set ? "set" : "not set"; }

std::string Displayed(const ServerSetting& setting) {
  if (IsHidden(setting)) return "not known";
  if (IsRedacted(setting) || IsCustom(setting.name)) return SetOrNot(!setting.is_default);
  return ShownValue(setting);
}

}  // namespace pgfleet::drift
