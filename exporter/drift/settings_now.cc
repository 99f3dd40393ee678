#include "drift/settings_now.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <set>

#include "drift/practices.h"
#include "drift/rule_check.h"
#include "drift/setting_table.h"
#include "drift/setting_value.h"
#include "drift/yaml_text.h"

namespace pgfleet::drift {
namespace {

using model::NodeRole;
using model::ServerSetting;
using model::SettingRule;
using Verdict = RuleCheck::Verdict;

struct View {
  SettingTable table;
  std::optional<NodeRole> role;
};

// A setting of one node.
struct Instance {
  const ServerSetting* setting;
  const View* view;
};
using Instances = std::vector<Instance>;

enum class Form : std::uint8_t { kNone, kForAll, kByRole };

// Only what is of the owner's choosing, and lasts: not what is of a node or a session, or computed.
Form FormOf(const Instance& instance) {
  if (instance.setting->name == "server_version_num") return Form::kNone;
  switch (ClassOf(*instance.setting, instance.view->table.version_number())) {
    case SettingClass::kCompared:
    case SettingClass::kIdentity:
    case SettingClass::kOneSided:
    case SettingClass::kSecret:
      return Form::kForAll;
    case SettingClass::kRoleDependent:
      return Form::kByRole;
    case SettingClass::kNodeLocal:
    case SettingClass::kSession:
    case SettingClass::kComputed:
      return Form::kNone;
  }
  return Form::kNone;
}

bool IsSet(const Instance& instance) { return !instance.setting->is_default; }
bool IsPrivate(const Instance& instance) {
  return IsRedacted(*instance.setting) || IsCustom(instance.setting->name);
}

SettingRule RuleOf(const Instances& instances, std::optional<NodeRole> role) {
  SettingRule rule;
  rule.setting = instances.front().setting->name;
  rule.role = role;
  if (std::ranges::any_of(instances, IsPrivate)) {
    rule.set = std::ranges::any_of(instances, IsSet);
    return rule;
  }
  for (const Instance& instance : instances) {
    std::string value = ShownValue(*instance.setting);
    if (std::ranges::find(rule.one_of, value) == rule.one_of.end())
      rule.one_of.push_back(std::move(value));
  }
  return rule;
}

class Describer {
 public:
  Describer(const std::vector<View>& views, const model::DesiredSettings& inherited)
      : views_(views) {
    for (const SettingRule& rule : inherited.baseline) ruled_.insert(Folded(rule.setting));
  }

  SettingsNow Run() {
    for (const auto& [name, instances] : ByName()) Describe(instances);
    return std::move(now_);
  }

 private:
  std::map<std::string, Instances> ByName() const {
    std::map<std::string, Instances> by_name;
    for (const View& view : views_)
      for (const SettingTable::Entry& entry : view.table.entries())
        by_name[entry.name].push_back({.setting = entry.setting, .view = &view});
    return by_name;
  }

  void Describe(const Instances& instances) {
    const auto chosen = std::ranges::find_if(
        instances, [](const Instance& each) { return FormOf(each) != Form::kNone; });
    Form form = chosen == instances.end() ? Form::kNone : FormOf(*chosen);
    if (form == Form::kNone && IsRuled(instances)) form = Form::kForAll;
    if (form == Form::kNone) return;
    Instances known;
    std::ranges::copy_if(instances, std::back_inserter(known),
                         [](const Instance& each) { return !IsHidden(*each.setting); });
    if (known.empty()) {
      now_.hidden.push_back(instances.front().setting->name);
    } else if (form == Form::kForAll) {
      AddRule(known, std::nullopt);
    } else {
      for (const NodeRole role : {NodeRole::kPrimary, NodeRole::kStandby}) {
        Instances those;
        std::ranges::copy_if(known, std::back_inserter(those),
                             [&](const Instance& each) { return each.view->role == role; });
        AddRule(those, role);
      }
    }
  }

  void AddRule(const Instances& instances, std::optional<NodeRole> role) {
    if (instances.empty()) return;
    if (std::ranges::none_of(instances, IsSet) && !IsRuled(instances)) return;
    SettingRule rule = RuleOf(instances, role);
    if (IsWritable(rule.setting) && std::ranges::all_of(rule.one_of, IsUtf8) && Holds(rule))
      now_.rules.push_back(std::move(rule));
    else
      now_.without_a_rule.push_back(rule.setting);
  }

  // A value of one node need not be one on another of a different version.
  bool Holds(const SettingRule& rule) const {
    return std::ranges::all_of(views_, [&](const View& view) {
      if (rule.role && rule.role != view.role) return true;
      const ServerSetting* setting = view.table.Find(rule.setting);
      if (setting == nullptr) return !view.table.SeesAll();
      const Verdict verdict = CheckRule(rule, *setting, view.table.version_number()).verdict;
      return verdict == Verdict::kHolds || verdict == Verdict::kUnknown;
    });
  }

  bool IsRuled(const Instances& instances) const {
    return ruled_.contains(Folded(instances.front().setting->name));
  }

  const std::vector<View>& views_;
  std::set<std::string> ruled_;  // folded
  SettingsNow now_;
};

// A practice is met by those that have something which it asks for.
bool IsAbout(const Practice& practice, const View& view) {
  return std::ranges::any_of(practice.rules, [&](const PracticeRule& rule) {
    return (!rule.role || rule.role == view.role) && view.table.Find(rule.setting) != nullptr;
  });
}

bool IsMet(const Practice& practice, const std::vector<NodeSettings>& nodes) {
  model::DesiredSettings desired;
  desired.practices = {std::string(practice.name)};
  return std::ranges::all_of(
      CompareSettings(nodes, std::nullopt, desired), [](const model::NodeDrift& node) {
        return !node.baseline || (node.baseline->empty() && node.not_comparable == 0);
      });
}

}  // namespace

bool IsWritable(std::string_view setting) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  bool begins = true;  // a part of the name
  for (const char c : setting) {
    if (begins && !is_letter(c)) return false;
    if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '$' && c != '.') return false;
    begins = c == '.';
  }
  return !begins && IsUtf8(setting);
}

SettingsNow DescribeSettings(const std::vector<NodeSettings>& nodes,
                             const model::DesiredSettings& inherited) {
  const SettingRules rules({});
  std::vector<View> views;
  for (const NodeSettings& node : nodes)
    if (node.settings != nullptr)
      views.push_back(
          {.table = SettingTable(*node.settings, node.version_number, rules), .role = node.role});
  SettingsNow now = Describer(views, inherited).Run();
  for (const Practice& practice : Practices()) {
    const bool is_about_one =
        std::ranges::any_of(views, [&](const View& view) { return IsAbout(practice, view); });
    if (is_about_one && IsMet(practice, nodes)) now.practices.emplace_back(practice.name);
  }
  return now;
}

}  // namespace pgfleet::drift
